// The map: boxes in boxes as the engine lays them out, coloured by the state. Everything on it is in the list
// below it as well, which a keyboard and a reader of screens use.
(() => {
  "use strict";
  const { make, id, short, count, percent } = explorer;
  const draw = (tag, attributes, ...children) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
    element.append(...children);
    return element;
  };
  const RANK = ["fine", "less", "over", "lost", "out"];

  explorer.chart = (items, ask, select) => {
    const crumbs = make("p", { class: "row" });
    const holder = make("div", { class: "map" });
    const element = make("div", {}, crumbs, holder,
      make("p", { class: "soft legend" }, "✗ failed, lost or without a host · ▲ overloaded or serving less · the line at the foot of a box: how much of its capacity is used. A box in bold letters can be opened."));
    let map = null, marks = [], now = null, chosen = null, inside = [], width = 0;

    const look = (to) => {
      const room = Math.max(320, holder.clientWidth || 900);
      let found;
      try {
        found = ask({ map: { width: room, inside: to.at(-1) ?? null } });
      } catch {
        return;
      }
      inside = to;
      width = room;
      map = found;
      build();
      if (now) update(now);
    };

    const build = () => {
      crumbs.replaceChildren(...(inside.length ? [
        make("button", { type: "button", onclick: () => look([]) }, "Everything"),
        ...inside.map((i, n) => make("button", { type: "button", onclick: () => look(inside.slice(0, n + 1)) }, id(i, 32))),
      ] : []));
      crumbs.hidden = !inside.length;
      const cut = (text, w) => short(text, Math.max(2, Math.floor((w - 26) / 7)));
      const box = (shown, kind) => {
        const [x, y, w, h] = shown.place;
        const mark = draw("text", { x: x + 5, y: y + 15, class: "mark" });
        const name = draw("text", { x: x + 21, y: y + 15, class: shown.holds || !shown.id ? "name holds" : "name" }, cut(shown.label, w));
        const title = draw("title", {}, short(shown.label, 200));
        const use = draw("rect", { x: x + 1, y: y + (shown.holds ? 19 : h - 3), width: 0, height: 2, class: "use" });
        const group = draw("g", { class: kind }, title, draw("rect", { x, y, width: w, height: h, rx: 4 }), use, mark, name);
        group.addEventListener("click", () => {
          if (shown.id) select(shown.id, false);
        });
        group.addEventListener("dblclick", () => {
          if (kind === "box" && shown.id && inside.at(-1) !== shown.id) look([...inside, shown.id]);
        });
        return { group, mark, title, use, shown, width: w - 2 };
      };
      const services = map.services.map((s) => box(s, "service"));
      const boxes = map.boxes.map((b) => box(b, "box"));
      const links = map.links.map((l) => {
        const group = draw("polyline", { points: l.points.map((p) => p.join(",")).join(" "), class: "line" });
        const title = draw("title", {}, l.ids.map((i) => short(i, 48)).join(", ") + (l.count > l.ids.length ? " and more" : ""));
        group.append(title);
        if (l.ids.length) group.addEventListener("click", () => select(l.ids[0], false));
        return { group, title, shown: l };
      });
      marks = { box: boxes, link: links, service: services };
      holder.replaceChildren(draw("svg", {
        viewBox: "0 0 " + map.width + " " + map.height, width: map.width, height: map.height, role: "img",
        "aria-label": "Map of the estate; the list below holds the same components",
      }, ...links.map((l) => l.group), ...boxes.map((b) => b.group), ...services.map((s) => s.group)));
    };

    const update = (state) => {
      now = state;
      if (!map || (holder.clientWidth > 0 && Math.abs(holder.clientWidth - width) > 60)) {
        look(inside);
        return;
      }
      const sums = { box: marks.box.map(() => [0, 0, 0]), link: marks.link.map(() => [0, 0, 0]) };
      items.forEach((item, nth) => {
        const spot = map.at[nth];
        const c = state.byId.get(item.id);
        if (!spot || !c || !(spot[0] in sums)) return;
        const [kind] = explorer.condition(c, state.of);
        const sum = sums[spot[0]][spot[1]];
        sum[0] = Math.max(sum[0], RANK.indexOf(kind));
        sum[1] = Math.max(sum[1], c.utilization ?? 0);
        sum[2] += kind === "fine" ? 0 : 1;
      });
      for (const kind of ["box", "link"]) {
        marks[kind].forEach((m, n) => {
          const [rank, used, trouble] = sums[kind][n];
          const word = RANK[rank];
          m.group.setAttribute("class", (kind === "box" ? "box " : "line ") + word + (chosen !== null && m.shown.id === chosen ? " chosen" : ""));
          if (kind === "link") return;
          m.mark.textContent = word === "fine" ? "" : word === "out" || word === "lost" ? "✗" : "▲";
          m.use.setAttribute("width", String(Math.max(0, Math.min(1, used) * m.width)));
          m.title.textContent = short(m.shown.label, 200) +
            (m.shown.id ? "" : trouble ? ", " + count(trouble) + " in trouble" : "") + (used > 0 ? ", " + percent(used) + " used" : "");
        });
      }
      const statuses = new Map(state.services.map((s) => [s.id, s.status]));
      const symbols = { ok: "", "at-risk": "!", degraded: "▲", down: "✗" };
      for (const m of marks.service) {
        const status = statuses.get(m.shown.id) ?? "ok";
        m.group.setAttribute("class", "service " + status);
        m.mark.textContent = symbols[status];
        m.title.textContent = short(m.shown.label, 200) + (m.shown.id ? ", " + status : "");
      }
    };

    return {
      element,
      update,
      select: (text) => { chosen = text; if (now && map) update(now); },
      look: (text) => look([...inside.filter((i) => i !== text), text]),
    };
  };
})();
