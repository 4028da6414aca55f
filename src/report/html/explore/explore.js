// The page: what is asked, what was answered, and what can be done next.
(() => {
  "use strict";
  const { make, id, status, short, count, counted, percent, growth, quantity, unit, reasons } = explorer;
  const app = document.getElementById("app");
  const wait = document.getElementById("wait");
  const ORDER = ["down", "degraded", "at-risk", "ok"];
  const ROWS = 200;

  let engine, opened, items, services, at, tree, chart;
  let holds, asked, shown, before = null, selected = null, sweepTimer = 0;
  const past = [];

  const fresh = () => ({
    load: opened.cases[0].name, contingency: null, down: [], derate: byId(), demand: byId(), growth: 1, no_restart: false,
  });
  // An object without a prototype: any id is a key like any other, `__proto__` as well.
  const byId = (of = {}) => Object.assign(Object.create(null), of);
  const restored = (text) => {
    const old = JSON.parse(text);
    return { ...old, derate: byId(old.derate), demand: byId(old.demand) };
  };
  const caseNow = () => opened.cases.find((c) => c.name === asked.load);

  // What the engine is asked: growth is told as the demand of each service.
  const request = () => {
    const demand = byId();
    if (asked.growth !== 1) {
      services.forEach((s, nth) => { demand[s.id] = caseNow().demand[nth] * asked.growth; });
    }
    return {
      load: asked.load, contingency: asked.contingency, down: asked.down, derate: asked.derate,
      demand: { ...demand, ...asked.demand }, no_restart: asked.no_restart,
    };
  };

  // Of a large estate first what is quick: which outages have a part comes with the sweep.
  const isLarge = () => items.length > 1000;
  const stateNow = () => engine.ask({ state: isLarge() ? { ...request(), quick: true } : request() });

  // Changes what is asked. What the engine refuses is not changed.
  const change = (edit) => {
    const old = JSON.stringify(asked);
    edit();
    if (JSON.stringify(asked) === old) return;
    let state;
    try {
      state = stateNow();
    } catch (error) {
      asked = restored(old);
      controls();
      complain(error);
      return;
    }
    past.push(old);
    answer(state);
  };
  const undo = () => {
    if (!past.length) return;
    asked = restored(past.pop());
    answer(stateNow());
  };
  const reset = () => change(() => { asked = fresh(); });
  const fail = (ids) => change(() => {
    const more = ids.filter((i) => !asked.down.includes(i));
    asked.down = more.length ? [...asked.down, ...more] : asked.down.filter((i) => !ids.includes(i));
    for (const i of more) delete asked.derate[i];
  });
  const derate = (item, factor) => change(() => {
    if (factor === null) delete asked.derate[item];
    else if (factor === 0) { asked.down = [...new Set([...asked.down, item])]; delete asked.derate[item]; }
    else { asked.derate[item] = factor; asked.down = asked.down.filter((i) => i !== item); }
  });

  const box = {};
  const complain = (error) => { box.said.textContent = "Not done: " + short(String(error.message), 300) + "."; };

  // ---- what was answered

  const answer = (state) => {
    before = shown;
    shown = state;
    shown.of = {
      down: new Set(state.down),
      tripped: new Map(state.tripped.map((t) => [t.id, t.round])),
      unplaced: new Set(state.unplaced ?? []),
    };
    shown.byId = new Map(state.components.map((c) => [c.id, c]));
    controls();
    tiles();
    tellChanges();
    listServices();
    cascade();
    chart.update(shown);
    tree.update(shown);
    panel();
    box.command.textContent = shown.command;
    clearTimeout(sweepTimer);
    box.next.setAttribute("aria-busy", "true");
    // After the answer is on the screen; of a large estate once the reader pauses.
    sweepTimer = setTimeout(sweep, isLarge() ? 300 : 30);
  };

  const tiles = () => {
    const of = (word) => shown.services.filter((s) => s.status === word).length;
    box.tiles.replaceChildren(...ORDER.map((word) =>
      make("li", { class: word }, make("b", {}, count(of(word))), status(word))));
  };

  const tellChanges = () => {
    const old = new Map((before?.services ?? []).map((s) => [s.id, s.status]));
    const changed = shown.services.filter((s) => old.has(s.id) && old.get(s.id) !== s.status);
    const rank = (s) => ORDER.indexOf(s.status);
    changed.sort((a, b) => rank(a) - rank(b));
    const few = changed.slice(0, 4).map((s) => short(s.id, 28) + " " + old.get(s.id) + " → " + s.status);
    const more = changed.length > few.length ? " and " + counted(changed.length - few.length, "more service") : "";
    const trips = shown.tripped.length ? counted(shown.tripped.length, "node") + " lost to overload. " : "";
    box.said.textContent = trips + (before === null ? "" :
      changed.length ? few.join(", ") + more + "." : "No service changed its status.");
  };

  const listServices = () => {
    const words = box.filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (s) => words.every((w) =>
      (s.id + " " + (s.name ?? "") + " " + s.status + " tier " + (s.tier ?? "")).toLowerCase().includes(w));
    const found = shown.services.filter(fits);
    const rank = (s) => ORDER.indexOf(s.status);
    found.sort((a, b) => rank(a) - rank(b) || (a.tier ?? 1e9) - (b.tier ?? 1e9) || a.delivered - b.delivered);
    const old = new Map((before?.services ?? []).map((s) => [s.id, s.status]));
    box.services.replaceChildren(...found.slice(0, ROWS).map((s) => {
      const was = old.get(s.id);
      const why = reasons(s);
      return make("tr", { class: was && was !== s.status ? "changed" : undefined },
        make("td", { "data-title": "Status" }, status(s.status),
          was && was !== s.status ? make("span", { class: "soft" }, " was " + was) : null),
        make("td", { "data-title": "Service" }, id(s.id),
          s.name && s.name !== s.id ? make("span", { class: "soft" }, " " + short(s.name, 60)) : null, why.length
            ? make("ol", { class: "why" }, why.slice(0, 6).map((line) => make("li", {}, line))) : null,
          s.outages?.length ? make("div", { class: "why" }, "Outages with a part in it: ",
            s.outages.slice(0, 4).map((o, n) => [n ? ", " : "", id(o, 28)]),
            s.outages.length > 4 ? " and " + count(s.outages.length - 4) + " more" : "") : null),
        make("td", { "data-title": "Demand", class: "number" }, quantity(s.demand) + unit(s.unit)),
        make("td", { "data-title": "Delivered", class: "number" }, percent(s.delivered)),
        make("td", { "data-title": "Headroom", class: "number" }, growth(s.headroom)),
        make("td", { "data-title": "Limit" }, s.limit ? link(s.limit) : "–"));
    }));
    box.filtered.textContent = found.length > ROWS
      ? "the first " + count(ROWS) + " of " + count(found.length) + " services"
      : counted(found.length, "service");
  };

  const cascade = () => {
    const parts = [];
    const rounds = new Map();
    for (const t of shown.tripped) rounds.set(t.round, [...(rounds.get(t.round) ?? []), t.id]);
    const listed = (ids) => [ids.slice(0, 12).flatMap((i, n) => [n ? ", " : "", link(i)]),
      ids.length > 12 ? " and " + count(ids.length - 12) + " more" : ""].flat();
    if (rounds.size) {
      parts.push(make("h2", {}, "Lost to overload"), make("ol", {},
        [...rounds].map(([round, ids]) => make("li", { value: round }, listed(ids)))));
    }
    if (shown.unplaced?.length) {
      parts.push(make("h2", {}, "Run nowhere"), make("p", {}, listed(shown.unplaced)));
    }
    if (shown.moved?.length) {
      parts.push(make("h2", {}, "Run elsewhere"), make("p", {}, listed(shown.moved.map((m) => m.instance))));
    }
    if (!rounds.size && shown.first_trip) {
      parts.push(make("p", { class: "soft" }, "If all demand grows by ", growth(shown.first_trip.growth).replace("+", ""),
        ", ", link(shown.first_trip.id), " is the first to be lost to overload."));
    }
    box.cascade.replaceChildren(...parts);
    box.cascade.hidden = !parts.length;
  };

  // ---- what hurts most next

  const sweep = () => {
    sweepTimer = 0;
    const parts = [];
    try {
      if (isLarge()) {
        shown.services = engine.ask({ state: request() }).services;
        listServices();
      }
      const one = engine.ask({ next: [request(), 1] });
      parts.push(...nextList(one, "One more failure", "single failures"));
      if (opened.most_order > 1) {
        const two = engine.ask({ next: [request(), 2] });
        parts.push(...nextList(two, "Two more failures", "pairs", ", where neither alone does as much"));
      } else {
        parts.push(make("p", { class: "absent" },
          "Pairs are too many to try here: ", make("code", {}, "brownout sweep --order 2"), " has them."));
      }
    } catch (error) {
      parts.push(make("p", { class: "absent" }, short(String(error.message), 300)));
    }
    box.next.replaceChildren(...parts);
    box.next.removeAttribute("aria-busy");
  };

  const nextList = (found, title, noun, beyond = "") => {
    const head = make("h3", {}, title);
    if (!found.rows.length) {
      return [head, make("p", {}, "None of " + count(found.contingencies) + " " + noun + " harms a service more" + beyond + ".")];
    }
    const said = count(found.harmful) + " of " + count(found.contingencies) + " " + noun + " harm a service more" + beyond;
    const words = (row) => [[row.down, "down"], [row.degraded, "degraded"]]
      .filter(([n]) => n).map(([n, word]) => count(n) + " " + word).join(", ");
    const rows = found.rows.slice(0, 10).map((row) => make("li", {},
      make("button", { type: "button", onclick: () => fail(row.elements), "aria-label":
        "Fail " + row.elements.map((e) => short(e, 48)).join(" and ") + ": " + words(row) }, "Fail"),
      make("span", { class: "what" }, row.elements.flatMap((e, n) => [n ? " + " : "", link(e)]),
        make("span", { class: "soft" }, " → " + words(row) + ": " +
          row.services.slice(0, 3).map((s) => short(s.id, 24)).join(", ") +
          (row.services.length > 3 ? " and " + count(row.services.length - 3) + " more" : "")))));
    return [head, make("p", { class: "soft" }, said + (found.harmful > rows.length ? "; the worst " + rows.length + ":" : ":")),
      make("ul", { class: "plain acts" }, rows)];
  };

  // ---- one component

  const link = (text) => make("button", { type: "button", class: "link", onclick: () => select(text, true) }, id(text, 40));

  const select = (text, move) => {
    selected = text;
    panel();
    tree.select(text);
    chart.select(text);
    if (move) box.panel.scrollIntoView({ block: "nearest" });
  };

  const panel = () => {
    const item = selected === null ? undefined : items[at.get(selected)];
    if (!item) {
      box.panel.replaceChildren(make("p", { class: "soft" },
        "Choose a component below or by its name, then fail or derate it."));
      return;
    }
    const state = shown.byId.get(item.id);
    const isDown = asked.down.includes(item.id);
    const isKnown = opened.down.includes(item.id);
    const facts = [];
    const fact = (name, ...value) => facts.push(make("dt", {}, name), make("dd", {}, value));
    if (state) {
      const [, mark, words] = explorer.condition(state, shown.of);
      fact("State", mark + " " + words);
      fact("Load", state.infinite ? "∞" : quantity(state.carried ?? state.load) + unit(state.unit),
        state.capacity === null ? " (no limit)" : " of " + quantity(state.capacity) + unit(state.unit));
      if (state.utilization !== null) fact("Used", explorer.bar(state.utilization), " " + percent(state.utilization));
      fact("Delivers", percent(state.delivered) + " of what is asked of it");
    }
    if (item.within?.length) fact("Sits in", item.within.flatMap((w, n) => [n ? ", " : "", link(items[w].id)]));
    if (item.ends) fact("Between", link(items[item.ends[0]].id), " and ", link(items[item.ends[1]].id));
    const acts = [];
    if (holds.has(at.get(item.id))) {
      acts.push(make("button", { type: "button", onclick: () => { chart.look(item.id); box.map.scrollIntoView({ block: "nearest" }); } }, "Look inside"));
    }
    if (isKnown) acts.push(make("p", { class: "soft" }, "A known outage of the scenario."));
    else if (item.fails) {
      acts.push(make("button", { type: "button", class: "main", onclick: () => fail([item.id]) },
        isDown ? "Bring back" : "Fail"));
    }
    if (item.derates && !isKnown) {
      const set = (event) => {
        const value = event.target.value;
        derate(item.id, value === "" ? null : Number(value) / 100);
      };
      const now = asked.derate[item.id];
      acts.push(make("label", {}, "Derate to ", make("input", {
        type: "number", min: 0, max: 1000, step: "any", inputmode: "decimal", placeholder: "100",
        value: now === undefined ? "" : String(now * 100), onchange: set,
      }), " %"));
    }
    box.panel.replaceChildren(make("h3", {}, id(item.id, 80), " ", make("span", { class: "soft" }, short(item.kind, 40))),
      item.name && item.name !== item.id ? make("p", { class: "soft" }, short(item.name, 120)) : "",
      make("dl", {}, facts), make("div", { class: "row" }, acts));
  };

  // ---- what is asked

  const controls = () => {
    box.load.value = asked.load;
    if (box.contingency) box.contingency.value = asked.contingency ?? "";
    box.growth.value = box.growthText.value = String(Number((asked.growth * 100 - 100).toPrecision(12)));
    if (box.restart) box.restart.checked = asked.no_restart;
    box.undo.disabled = !past.length;
    box.reset.disabled = JSON.stringify(asked) === JSON.stringify(fresh());
    const chip = (words, off, title) => make("li", {}, words,
      make("button", { type: "button", onclick: off, "aria-label": title, title }, "×"));
    const chips = [
      ...asked.down.map((i) => chip([id(i, 32), " failed"], () => fail([i]), "Bring back " + short(i, 48))),
      ...Object.entries(asked.derate).map(([i, f]) =>
        chip([id(i, 32), " at " + percent(f)], () => derate(i, null), "Full capacity for " + short(i, 48))),
      ...Object.entries(asked.demand).map(([i, d]) =>
        chip([id(i, 32), " asks " + quantity(d)], () => change(() => { delete asked.demand[i]; }),
          "Usual demand for " + short(i, 48))),
      ...opened.down.slice(0, 12).map((i) => make("li", { class: "known" }, id(i, 32), " known outage")),
      opened.down.length > 12 ? make("li", { class: "known" }, count(opened.down.length - 12) + " more known outages") : null,
    ].filter(Boolean);
    box.chips.replaceChildren(...(chips.length ? chips : [make("li", { class: "known" }, "nothing has failed")]));
    demands();
  };

  const demands = () => {
    if (!box.demands.open) return;
    const words = box.demandFilter.value.toLowerCase();
    const found = services.map((s, nth) => [s, nth]).filter(([s]) =>
      (s.id + " " + (s.name ?? "")).toLowerCase().includes(words));
    const now = new Map((shown?.services ?? []).map((s) => [s.id, s.demand]));
    box.demandList.replaceChildren(...found.slice(0, 100).map(([s, nth]) => make("li", {},
      make("label", {}, id(s.id, 32), make("input", {
        type: "number", min: 0, step: "any", inputmode: "decimal", value: String(now.get(s.id) ?? caseNow().demand[nth]),
        onchange: (event) => change(() => {
          const value = Number(event.target.value);
          if (event.target.value === "" || !(value >= 0)) delete asked.demand[s.id];
          else asked.demand[s.id] = value;
        }),
      }), unit(s.unit)))),
    found.length > 100 ? make("li", { class: "soft" }, count(found.length - 100) + " more: type a part of the name") : "");
  };

  const findings = () => {
    const words = box.find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const list = [];
    let more = 0;
    if (words.length) {
      for (const item of items) {
        if (item.role === "flow" || item.role === "service") continue;
        const text = (item.id + " " + (item.name ?? "") + " " + item.kind).toLowerCase();
        if (!words.every((w) => text.includes(w))) continue;
        if (list.length < 12) list.push(item);
        else more += 1;
      }
    }
    box.found.replaceChildren(...list.map((item) => make("li", {},
      item.fails && !opened.down.includes(item.id)
        ? make("button", { type: "button", onclick: () => { fail([item.id]); findings(); }, "aria-label":
          (asked.down.includes(item.id) ? "Bring back " : "Fail ") + short(item.id, 48) },
        asked.down.includes(item.id) ? "Back" : "Fail") : make("span", { class: "none" }),
      make("span", { class: "what" }, link(item.id), make("span", { class: "soft" }, " " + short(item.kind, 24))))),
    more ? make("li", { class: "soft" }, count(more) + " more") : "");
    box.foundCount.textContent = words.length ? counted(list.length + more, "component") + " found" : "";
  };

  // ---- keeping

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(shown.command);
      box.kept.textContent = "Copied.";
    } catch {
      // From a file without leave to use the clipboard: it is marked, to be copied by hand.
      getSelection().selectAllChildren(box.command);
      box.kept.textContent = document.execCommand("copy") ? "Copied." : "Marked: copy it by hand.";
    }
  };
  const save = () => {
    try {
      const text = engine.ask({ save: request() });
      const url = URL.createObjectURL(new Blob([text], { type: "application/toml" }));
      const anchor = make("a", { href: url, download: "explored.toml" });
      anchor.click();
      setTimeout(() => URL.revokeObjectURL(url), 10000);
      box.kept.textContent = "Saved as explored.toml: its first lines say where it belongs.";
    } catch (error) {
      box.kept.textContent = short(String(error.message), 300);
    }
  };

  // ---- the page

  const build = () => {
    const options = (list, chosen) => list.map(([value, text]) =>
      make("option", { value, selected: value === chosen }, short(text, 60)));
    const field = (label, input) => make("label", { class: "field" }, make("span", {}, label), input);
    box.tiles = make("ul", { class: "tiles", "aria-label": "Services by status" });
    box.said = make("p", { class: "said", role: "status", "aria-live": "polite" });
    box.undo = make("button", { type: "button", onclick: undo, title: "U" }, "Undo");
    box.reset = make("button", { type: "button", onclick: reset }, "Start again");
    box.find = make("input", { type: "search", placeholder: "name, id or kind", oninput: findings,
      "aria-label": "Find a component", "aria-describedby": "found-count" });
    box.found = make("ul", { class: "plain acts" });
    box.foundCount = make("p", { class: "soft", id: "found-count", role: "status" });
    box.chips = make("ul", { class: "chips", "aria-label": "In this state" });
    box.load = make("select", { onchange: (e) => change(() => { asked.load = e.target.value; }) },
      options(opened.cases.map((c) => [c.name, c.name + (c.peak ? " (the peak)" : "")])));
    box.contingency = opened.contingencies.length ? make("select", {
      onchange: (e) => change(() => { asked.contingency = e.target.value || null; }),
    }, options([["", "none"], ...opened.contingencies.map((c) => [c, c])])) : null;
    const grow = (e) => change(() => {
      const by = Number(e.target.value);
      if (e.target.value !== "" && by >= -100) asked.growth = 1 + by / 100;
    });
    box.growth = make("input", { type: "range", min: -50, max: 200, step: 1, oninput: grow, "aria-label": "Growth of all demand, percent" });
    box.growthText = make("input", { type: "number", min: -100, step: "any", onchange: grow, "aria-label": "Growth of all demand in percent, as a number" });
    box.restart = opened.places ? make("input", { type: "checkbox", onchange: (e) => change(() => { asked.no_restart = e.target.checked; }) }) : null;
    box.demandFilter = make("input", { type: "search", placeholder: "service", oninput: demands, "aria-label": "Find a service" });
    box.demandList = make("ul", { class: "plain demands" });
    box.demands = make("details", { class: "fold", ontoggle: demands }, make("summary", {}, "Demand of each service"),
      box.demandFilter, box.demandList);
    box.command = make("code", {});
    box.kept = make("p", { class: "soft", role: "status" });
    box.filter = make("input", { type: "search", placeholder: "Filter services", oninput: listServices, "aria-label": "Filter services" });
    box.filtered = make("output", {});
    box.services = make("tbody", {});
    box.cascade = make("section", { class: "card cascade", hidden: true });
    box.next = make("div", { "aria-live": "off" });
    box.panel = make("div", { class: "card chosen-one", role: "region", "aria-label": "The chosen component" });
    box.map = make("section", { class: "card charted" }, make("h2", {}, "Map"), chart.element);
    const heads = ["Status", "Service, and why", "Demand", "Delivered", "Headroom", "Limit"];
    const isNumber = (h) => ["Demand", "Delivered", "Headroom"].includes(h);
    app.replaceChildren(
      make("div", { class: "top-line" }, box.tiles, make("div", { class: "row" }, box.undo, box.reset), box.said),
      make("div", { class: "sides" },
        make("div", { class: "asked" },
          make("section", { class: "card fails" }, make("h2", {}, "What fails"), box.find, box.foundCount, box.found,
            make("h3", {}, "In this state"), box.chips),
          box.panel,
          make("section", { class: "card load" }, make("h2", {}, "Load"), field("Load case", box.load),
            box.contingency ? field("Contingency in place", box.contingency) : "",
            make("div", { class: "field" }, make("span", {}, "All demand, + %"), make("span", { class: "row" }, box.growth, box.growthText)),
            box.restart ? make("label", { class: "row" }, box.restart, " the first minutes: nothing has restarted") : "",
            box.demands),
          make("section", { class: "card keep" }, make("h2", {}, "Keep"), make("pre", { tabindex: 0, "aria-label": "The command that shows this state" }, box.command),
            make("div", { class: "row" }, make("button", { type: "button", onclick: copy }, "Copy command"),
              make("button", { type: "button", onclick: save }, "Save as scenario")), box.kept)),
        make("div", { class: "answered" },
          make("section", { class: "card services" }, make("h2", {}, "Services"), make("label", { class: "filter" }, box.filter, box.filtered),
            make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Table of services" },
              make("table", {}, make("thead", {}, make("tr", {}, heads.map((h) =>
                make("th", { scope: "col", class: isNumber(h) ? "number" : undefined }, h)))), box.services))),
          box.cascade,
          box.map,
          make("section", { class: "card next" }, make("h2", {}, "What hurts most next"), box.next),
          make("section", { class: "card all" }, make("h2", {}, "Components"), tree.element))));
  };

  addEventListener("keydown", (event) => {
    if (!engine || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea")) return;
    if (event.key === "/") { event.preventDefault(); box.find.focus(); }
    else if (event.key === "u") undo();
  });

  explorer.start().then((started) => {
    engine = started;
    opened = engine.opened;
    items = opened.items;
    at = new Map(items.map((item, nth) => [item.id, nth]));
    services = items.filter((item) => item.role === "service");
    tree = explorer.places(items, select);
    chart = explorer.chart(items, engine.ask, select);
    holds = new Set(items.flatMap((item) => item.within ?? []));
    asked = fresh();
    build();
    app.hidden = false;
    answer(stateNow());
    wait.hidden = true;
    document.getElementById("report").hidden = true;
    document.body.dataset.ready = "yes";
  }).catch((error) => {
    wait.textContent = "The engine did not start (" + short(String(error.message), 200) +
      "). What is below was computed beforehand.";
    document.body.dataset.ready = "no";
  });

  // For whoever wants to know what the page asks and was answered.
  explorer.page = { change, undo, fail, derate, request, get asked() { return asked; }, get shown() { return shown; }, get engine() { return engine; } };
})();
