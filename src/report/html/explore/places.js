// Components by the place that they sit in: a tree whose branches are made when they are opened.
(() => {
  "use strict";
  const { make, id, count, percent } = explorer;
  const OPEN = 120;

  explorer.places = (items, select) => {
    const children = items.map(() => []);
    const roots = [];
    const parts = items.map((item) => item.role === "component" || item.role === "link");
    // The first domain that a component names is the place that it is shown in.
    items.forEach((item, nth) => {
      if (!parts[nth]) return;
      const home = (item.within ?? []).find((w) => parts[w]);
      (home === undefined ? roots : children[home]).push(nth);
    });
    // What stands in no place is gathered by kind, so that a long list is one line.
    const places = roots.filter((nth) => children[nth].length);
    const kinds = new Map();
    for (const nth of roots.filter((n) => !children[n].length)) {
      const kind = items[nth].kind;
      kinds.set(kind, [...(kinds.get(kind) ?? []), nth]);
    }
    const inside = new Array(items.length).fill(0);
    const below = (nth) => children[nth].reduce((sum, c) => sum + 1 + below(c), 0);
    places.forEach((nth) => { inside[nth] = below(nth); });

    const rows = new Map();
    let now = null, chosen = null;

    // What happened to a component and to all that sits in it.
    const worst = (list) => {
      const sum = { out: 0, over: 0 };
      const walk = (nth) => {
        const c = now.byId.get(items[nth].id);
        if (c) {
          const [kind] = explorer.condition(c, now.of);
          if (kind === "out" || kind === "lost") sum.out += 1;
          if (kind === "over") sum.over += 1;
        }
        children[nth].forEach(walk);
      };
      list.forEach(walk);
      return sum;
    };
    const told = (list) => {
      const { out, over } = worst(list);
      return [out ? count(out) + " out" : "", over ? count(over) + " overloaded" : ""].filter(Boolean).join(", ");
    };

    const branch = (list, open, head) => {
      const inner = make("ul", { class: "plain places" });
      const toggle = make("button", { type: "button", class: "toggle" });
      let filled = false;
      const turn = (to) => {
        inner.hidden = !to;
        toggle.textContent = to ? "▾" : "▸";
        toggle.setAttribute("aria-expanded", String(to));
        if (to && !filled) {
          filled = true;
          inner.append(...list.map((nth) => node(nth, false)));
        }
      };
      toggle.addEventListener("click", () => turn(inner.hidden));
      toggle.setAttribute("aria-label", "Open or close " + head);
      turn(open);
      return { inner, toggle };
    };

    const node = (nth, open) => {
      const item = items[nth];
      const mark = make("span", { class: "mark" });
      const use = make("span", { class: "soft use" });
      const name = make("button", { type: "button", class: "link", onclick: () => select(item.id, false) }, id(item.id, 40));
      const line = make("div", { class: "place" });
      const element = make("li", {}, line);
      const holds = children[nth].length;
      if (holds) {
        const { inner, toggle } = branch(children[nth], open, explorer.short(item.id, 48));
        line.append(toggle);
        element.append(inner);
      } else {
        line.append(make("span", { class: "toggle" }));
      }
      line.append(mark, name, make("span", { class: "soft" }, " " + explorer.short(item.kind, 24)), use);
      const update = () => {
        const c = now.byId.get(item.id);
        const [kind, symbol, words] = explorer.condition(c, now.of);
        line.className = "place " + kind + (chosen === item.id ? " chosen" : "");
        mark.textContent = symbol;
        mark.title = words;
        mark.setAttribute("role", "img");
        mark.setAttribute("aria-label", words);
        const parts = [];
        if (c.utilization !== null) parts.push(explorer.bar(c.utilization), " " + percent(c.utilization));
        if (holds) {
          const said = told(children[nth]);
          parts.push(" " + count(children[nth].length) + " inside" + (said ? ", " + said : ""));
        }
        use.replaceChildren(...parts);
      };
      rows.set(item.id, update);
      if (now) update();
      return element;
    };

    const element = make("ul", { class: "plain places" });
    const heads = [];
    const total = parts.filter(Boolean).length;
    const build = () => {
      element.append(...places.map((nth) => node(nth, total <= OPEN || places.length <= 6)));
      for (const [kind, list] of [...kinds].sort()) {
        const { inner, toggle } = branch(list, places.length === 0 && total <= OPEN, explorer.short(kind, 40));
        const said = make("span", { class: "soft" });
        heads.push(() => { said.textContent = " " + count(list.length) + (told(list) ? ", " + told(list) : ""); });
        element.append(make("li", {}, make("div", { class: "place" }, toggle, explorer.short(kind, 40), said), inner));
      }
    };
    return {
      element,
      update: (state) => {
        now = state;
        if (!element.childElementCount) build();
        rows.forEach((update) => update());
        heads.forEach((update) => update());
      },
      select: (text) => {
        const old = chosen;
        chosen = text;
        rows.get(old)?.();
        rows.get(text)?.();
      },
    };
  };
})();
