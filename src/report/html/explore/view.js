// What is shown: numbers as the report writes them, elements made of text, never of markup.
(() => {
  "use strict";

  // Text from files: what nobody sees, or what turns the direction of writing, is escaped.
  const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}\p{Cn}]/gu;
  const visible = (text) =>
    text.replace(hidden, (c) => "\\u{" + c.codePointAt(0).toString(16) + "}");
  const short = (text, most) => {
    const letters = [...visible(text)];
    return letters.length > most ? letters.slice(0, most - 1).join("") + "…" : letters.join("");
  };

  // An element with attributes, listeners (`onclick`) and children: strings become text.
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === undefined || value === null || value === false) continue;
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value === true) element.setAttribute(name, "");
      else element.setAttribute(name, String(value));
    }
    element.append(...children.flat(9).filter((c) => c !== null && c !== undefined && c !== false));
    return element;
  };

  const id = (text, most = 48) => {
    const shown = short(text, most);
    return make("bdi", { class: "id", title: shown === text ? undefined : short(text, 400) }, shown);
  };

  const symbols = { ok: "✓", "at-risk": "!", degraded: "▲", down: "✗" };
  const status = (word) =>
    make("span", { class: "status " + word },
      make("span", { class: "symbol", "aria-hidden": "true" }, symbols[word]), " " + word);

  // Digits after the point as the program rounds them: a tie goes to the even digit.
  const fixed = (x, decimals) => {
    const scaled = x * 10 ** decimals;
    const isTie = (x * 2 ** (decimals + 1)) % 1 === 0 && scaled % 1 === 0.5;
    return isTie && Math.floor(scaled) % 2 === 0
      ? (Math.floor(scaled) / 10 ** decimals).toFixed(decimals)
      : x.toFixed(decimals);
  };
  const separated = (digits) => digits.replace(/\B(?=(\d{3})+$)/g, ",");
  const grouped = (x, decimals) => {
    const [digits, part] = fixed(Math.abs(x), decimals).split(".");
    return (x < 0 ? "−" : "") + separated(digits) + (part === undefined ? "" : "." + part);
  };
  // A whole number; a half goes away from zero.
  const whole = (x) => (x < 0 ? "−" : "") + separated(String(BigInt(Math.round(Math.abs(x)))));
  const count = (n) => separated(String(n));
  const percent = (fraction) => {
    if (!Number.isFinite(fraction)) return "unlimited";
    const x = fraction * 100;
    if (fraction < 1 && x >= 99.95) return "> 99.9 %";
    if (fraction > 1 + 1e-9 && x < 100.05) return "> 100 %";
    if (x !== 0 && Math.abs(x) < 0.05) return x > 0 ? "< 0.1 %" : "> −0.1 %";
    const text = Math.abs(x) >= 1000 ? whole(Math.abs(x)) : fixed(Math.abs(x), 1).replace(/\.0$/, "");
    return (x < 0 ? "−" : "") + text + " %";
  };
  const growth = (headroom) =>
    headroom === null ? "unlimited" : (headroom > 0 ? "+" : "") + percent(headroom);
  const quantity = (x) => {
    const size = Math.abs(x);
    if (size === 0) return "0";
    if (!(size >= 1e-4 && size < 1e15)) return x.toExponential(2).replace("e+", "e");
    if (size >= 1000 || size % 1 === 0) return whole(x);
    const text = grouped(x, size >= 100 ? 1 : size >= 1 ? 2 : 4);
    return text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text;
  };
  const unit = (text) => (text ? " " + short(text, 16) : "");
  const counted = (n, noun) => count(n) + " " + noun + (n === 1 ? "" : "s");

  // How much of a capacity is used: the rail is the capacity.
  const bar = (utilization) => {
    const used = Math.max(0, Math.min(1, utilization));
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const box = (name, width) => {
      const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      for (const [key, value] of Object.entries({ class: name, width, height: 10, x: 0, y: 0 })) {
        rect.setAttribute(key, value);
      }
      return rect;
    };
    svg.setAttribute("class", "bar use");
    svg.setAttribute("viewBox", "0 0 88 10");
    svg.setAttribute("aria-hidden", "true");
    svg.append(box("rail", 88), box(utilization > 1 + 1e-9 ? "less" : "more", 88 * used));
    return svg;
  };

  // Why a service is as it is, in lines.
  const reasons = (service) => {
    if (service.because.length) return service.because.map((b) => [short(b, 300)]);
    const words = { redundancy: "one more failure: ", peak: "the load of ", headroom: "thin headroom at " };
    return service.findings.map((f) => [words[f.cause] ?? f.cause + ": ", id(f.witness)]);
  };

  // The mark of a component, by what happened to it.
  const condition = (c, of) => {
    if (of.down.has(c.id)) return ["out", "✗", "failed"];
    if (of.tripped.has(c.id)) return ["out", "⚡", "tripped in round " + of.tripped.get(c.id)];
    if (of.unplaced.has(c.id)) return ["out", "∅", "runs nowhere"];
    if (!c.works) return ["lost", "✗", "does not work"];
    if (c.utilization !== null && c.utilization > 1 + 1e-9) return ["over", "▲", "overloaded"];
    if (c.infinite) return ["over", "▲", "overloaded"];
    if (c.delivered < 1 - 1e-9) return ["less", "▲", "serves less"];
    return ["fine", "✓", "works"];
  };

  Object.assign(explorer, {
    make, id, status, short, count, counted, percent, growth, quantity, unit, bar, reasons, condition,
  });
})();
