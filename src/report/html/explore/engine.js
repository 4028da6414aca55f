// The engine: bytes of this page unpacked, compiled, asked.
const explorer = {};
(() => {
  "use strict";
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();

  const unpacked = async (name) => {
    const text = document.getElementById(name).textContent.trim();
    const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  };

  // Bytes in, bytes out. A call that stops the module leaves it of no use: it is made anew.
  const start = async () => {
    const compiled = await WebAssembly.compile(await unpacked("engine"));
    const opening = decoder.decode(await unpacked("package"));
    let run = null;
    const raw = (text) => {
      const bytes = encoder.encode(text);
      const at = run.brownout_input(bytes.length);
      new Uint8Array(run.memory.buffer, at, bytes.length).set(bytes);
      const length = run.brownout_call();
      return JSON.parse(decoder.decode(new Uint8Array(run.memory.buffer, run.brownout_output(), length)));
    };
    const open = () => {
      run = new WebAssembly.Instance(compiled, {}).exports;
      return raw('{"open":' + opening + "}");
    };
    const answer = (said) => {
      if ("refused" in said) throw new Error(said.refused);
      return Object.values(said)[0];
    };
    const opened = answer(open());
    const ask = (call) => {
      try {
        return answer(raw(JSON.stringify(call)));
      } catch (error) {
        if (error instanceof WebAssembly.RuntimeError) {
          open();
          throw new Error("the engine stopped on this; nothing was changed", { cause: error });
        }
        throw error;
      }
    };
    return { opened, ask };
  };

  explorer.start = start;
})();
