"use strict";
(() => {
  const number = new Intl.NumberFormat("en");
  const keyOf = (row, at) => {
    const cell = row.cells[at];
    if (!cell) return "";
    const key = cell.dataset.key;
    if (key === undefined) return cell.textContent.trim();
    return key === "inf" ? Infinity : Number(key);
  };
  const compare = (a, b) =>
    typeof a === "number" && typeof b === "number"
      ? a - b || 0
      : String(a).localeCompare(String(b), "en", { numeric: true });

  const sort = (table, at, up) => {
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row, nth) => ({ row, nth, key: keyOf(row, at) }));
    rows.sort((x, y) => {
      const blank = (k) => k === Infinity || k === "–" || k === "";
      if (blank(x.key) !== blank(y.key)) return blank(x.key) ? 1 : -1;
      return (up ? 1 : -1) * compare(x.key, y.key) || x.nth - y.nth;
    });
    body.append(...rows.map((r) => r.row));
  };

  const sortable = (table) => {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, at) => {
      // No <button>: a heading that holds one is not repeated on further pages of paper.
      const button = document.createElement("span");
      button.className = "sort";
      button.tabIndex = 0;
      button.setAttribute("role", "button");
      button.append(...head.childNodes);
      head.append(button);
      const turn = () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        heads.forEach((h) => h.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        sort(table, at, up);
      };
      button.addEventListener("click", turn);
      button.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        turn();
      });
    });
  };

  const filterable = (box, table) => {
    const rows = [...table.tBodies[0].rows];
    const texts = rows.map((row) => row.textContent.toLowerCase());
    const label = document.createElement("label");
    label.className = "filter";
    const input = document.createElement("input");
    input.type = "search";
    input.placeholder = "Filter " + table.dataset.name;
    input.setAttribute("aria-label", input.placeholder);
    const shown = document.createElement("output");
    const say = (n) => {
      shown.textContent = number.format(n) + " of " + number.format(rows.length) + " rows";
    };
    say(rows.length);
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let n = 0;
      rows.forEach((row, i) => {
        const fits = words.every((w) => texts[i].includes(w));
        row.hidden = !fits;
        n += fits;
      });
      say(n);
    });
    label.append(input, shown);
    box.prepend(label);
  };

  for (const box of document.querySelectorAll("div.table")) {
    const table = box.querySelector("table");
    if (!table || table.tBodies[0].rows.length < 2) continue;
    sortable(table);
    if (table.tBodies[0].rows.length > 6) filterable(box, table);
  }

  for (const choice of document.querySelectorAll("div.choice")) {
    const parts = [...choice.querySelectorAll(":scope > figure")];
    if (parts.length < 2) continue;
    const label = document.createElement("label");
    label.className = "choose";
    const select = document.createElement("select");
    parts.forEach((part, nth) => {
      const option = document.createElement("option");
      option.textContent = part.dataset.name;
      option.value = String(nth);
      select.append(option);
    });
    const show = () => parts.forEach((part, nth) => { part.hidden = String(nth) !== select.value; });
    select.addEventListener("change", show);
    label.append(choice.dataset.label + " ", select);
    choice.prepend(label);
    choice.classList.add("chosen");
    show();
  }

  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open]):not(.fold)")];
    closed.forEach((d) => { d.open = true; });
  });
  addEventListener("afterprint", () => {
    closed.forEach((d) => { d.open = false; });
  });
})();
