// The form of one station of the desk: fields as data, drawn as choices with their keys. By keyboard or touch.
(function () {
  "use strict";

  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const words = read("desk-words");
  const fields = read("desk-fields");
  const places = read("desk-places");
  const OFTEN = ["Q", "W", "A"];
  const CHILD = 18;

  function say(key, given) {
    return (words[key] || key).replace(/\{(\w+)\}/g, (_, name) => given[name]);
  }

  function el(tag, attributes, ...children) {
    const made = document.createElement(tag);
    Object.entries(attributes || {}).forEach(([name, value]) => {
      if (name === "onclick") {
        made.addEventListener("click", value);
      } else if (value !== false && value !== null && value !== undefined) {
        made.setAttribute(name, value === true ? "" : value);
      }
    });
    made.append(...children.filter((one) => one !== null && one !== undefined && one !== false));
    return made;
  }

  function key(text) {
    return text ? el("kbd", { "aria-hidden": "true" }, text) : null;
  }

  function choice(text, letter, pressed, does, more) {
    const attributes = { type: "button", class: "choice" + (more || ""), "aria-pressed": String(pressed), onclick: does };
    if (letter) {
      attributes["aria-keyshortcuts"] = letter;
    }
    return el("button", attributes, key(letter), el("span", {}, text));
  }

  function asked(item, draft) {
    if (item.only === "mother") {
      const age = draft.age;
      return draft.sex === "female" && (typeof age !== "number" || (age >= 10 && age <= 55));
    }
    if (item.only === "medicine") {
      return draft.medicine === true;
    }
    if (item.only === "child") {
      return typeof draft.age === "number" && draft.age < CHILD;
    }
    return true;
  }

  // The fields of each record that the form changes: null takes a value back. What no longer applies is not stored.
  function changes(items, draft, before, now) {
    const found = {};
    items.forEach((item) => {
      const given = asked(item, draft) ? draft[item.name] : undefined;
      const value = given === undefined ? null : given;
      const old = before[item.name] === undefined ? null : before[item.name];
      if (JSON.stringify(value) === JSON.stringify(old) || item.reads) {
        return;
      }
      found[item.record] = found[item.record] || {};
      if (item.field) {
        found[item.record][item.field] = value;
      }
      if (item.stamp) {
        found[item.record][item.stamp] = value === null || value === false ? null : now();
      }
    });
    return found;
  }

  // `changed`: is called after each choice. Gives the form's parts and what its keys do.
  function make(station, before, often, changed, now, proposed) {
    const items = fields[station];
    const draft = Object.assign({}, proposed, before);
    const keys = new Map(); // KeyF -> function
    const rows = [];
    const body = el("div", { class: "steps" });
    let digitsTo = items.some((one) => one.kind === "age") ? "age" : null;

    function bind(letter, does) {
      if (letter) {
        keys.set("Key" + letter, does);
      }
    }

    function touched() {
      refresh();
      changed();
    }

    function digit(name, figure) {
      const item = items.find((one) => one.name === name);
      const before = typeof draft[name] === "number" ? String(draft[name]) : "";
      const next = Number(before + figure);
      if (next <= item.most) {
        draft[name] = next;
      } else {
        draft[name] = Number(figure); // a new number: the old one was full
      }
      touched();
    }

    function erase() {
      if (!digitsTo || draft[digitsTo] === undefined || draft[digitsTo] === null) {
        return false;
      }
      const text = typeof draft[digitsTo] === "number" ? String(draft[digitsTo]).slice(0, -1) : "";
      draft[digitsTo] = text ? Number(text) : undefined;
      touched();
      return true;
    }

    function one(item) {
      const box = el("div", { class: "options" });
      item.choices.forEach((choiceOf) => {
        const does = () => {
          draft[item.name] = draft[item.name] === choiceOf.value ? undefined : choiceOf.value;
          if (item.name === "medicine") {
            digitsTo = draft.medicine === true ? "days_left" : "age";
          }
          touched();
        };
        const button = choice(choiceOf.text, choiceOf.key, false, does, choiceOf.urgent ? " urgent" : "");
        bind(choiceOf.key, () => asked(item, draft) && does());
        rows.push(() => button.setAttribute("aria-pressed", String(draft[item.name] === choiceOf.value)));
        box.append(button);
      });
      return box;
    }

    function many(item) {
      const box = el("div", { class: "options" });
      item.choices.forEach((choiceOf) => {
        const does = () => {
          const held = new Set(draft[item.name] || []);
          if (!held.delete(choiceOf.value)) {
            held.add(choiceOf.value);
          }
          draft[item.name] = held.size ? Array.from(held) : undefined;
          touched();
        };
        const button = choice(choiceOf.text, choiceOf.key, false, does, choiceOf.urgent ? " urgent" : "");
        bind(choiceOf.key, does);
        rows.push(() => button.setAttribute("aria-pressed", String((draft[item.name] || []).includes(choiceOf.value))));
        box.append(button);
      });
      const none = choice(say("none"), "N", false, () => {
        draft[item.name] = draft[item.name] && !draft[item.name].length ? undefined : [];
        touched();
      });
      rows.push(() => none.setAttribute("aria-pressed", String(Boolean(draft[item.name]) && !draft[item.name].length)));
      box.append(none);
      // One press says none of all signs and symptoms that were not chosen.
      bind("N", () => {
        items.filter((other) => other.kind === "many").forEach((other) => {
          draft[other.name] = draft[other.name] || [];
        });
        touched();
      });
      return box;
    }

    function age(item) {
      const shown = el("output", { class: "age", "aria-label": item.label, "data-hint": say("age") });
      const pad = el("div", { class: "pad" });
      for (let figure = 0; figure < 10; figure += 1) {
        pad.append(
          el("button", { type: "button", class: "choice", onclick: () => {
            digitsTo = "age";
            digit("age", String(figure));
          } }, String(figure))
        );
      }
      pad.append(el("button", { type: "button", class: "choice", "aria-label": "⌫", onclick: () => {
        digitsTo = "age";
        erase();
      } }, "⌫"));
      const unknown = () => {
        draft.age = draft.age === null ? undefined : null;
        touched();
      };
      const button = choice("?", "", false, unknown);
      button.setAttribute("aria-label", say("notKnown"));
      keys.set("Slash", unknown);
      rows.push(() => {
        shown.textContent = typeof draft.age === "number" ? String(draft.age) : "";
        shown.classList.toggle("typed", digitsTo === "age");
        button.setAttribute("aria-pressed", String(draft.age === null));
      });
      pad.append(button);
      return el("div", { class: "options age-row" }, shown, pad);
    }

    function number(item) {
      const input = el("input", { type: "number", class: "number", min: "0", max: String(item.most), inputmode: "numeric", "aria-label": item.label });
      input.addEventListener("input", () => {
        const value = input.valueAsNumber;
        draft[item.name] = Number.isInteger(value) && value >= 0 && value <= item.most ? value : undefined;
        input.setCustomValidity(input.value && draft[item.name] === undefined ? say("tooMany", { most: item.most }) : "");
        input.reportValidity();
        changed();
      });
      if (item.key) {
        bind(item.key, () => {
          input.focus();
          input.select();
        });
      }
      input.addEventListener("focus", () => {
        digitsTo = item.name;
        refresh();
      });
      input.addEventListener("blur", () => {
        digitsTo = items.some((other) => other.kind === "age") ? "age" : digitsTo;
        refresh();
      });
      rows.push(() => {
        if (document.activeElement !== input) {
          input.value = typeof draft[item.name] === "number" ? String(draft[item.name]) : "";
        }
        input.classList.toggle("typed", digitsTo === item.name);
      });
      const note = item.name === "days_left" ? el("span", { class: "facts" }, say("medicineToday")) : null;
      if (note) {
        rows.push(() => {
          note.hidden = !(typeof draft.days_left === "number" && draft.days_left <= 7);
        });
      }
      return el("div", { class: "options" }, input, item.key ? key(item.key) : null, note);
    }

    function home(item) {
      const box = el("div", { class: "options" });
      often.slice(0, OFTEN.length).forEach((code, place) => {
        const does = () => {
          draft.home = draft.home === code ? undefined : code;
          touched();
        };
        const button = choice(places.provinces[code], OFTEN[place], false, does);
        bind(OFTEN[place], does);
        rows.push(() => button.setAttribute("aria-pressed", String(draft.home === code)));
        box.append(button);
      });
      const select = el("select", { "aria-label": item.label }, el("option", { value: "" }, say("otherProvince")));
      Object.entries(places.provinces).forEach(([code, name]) => select.append(el("option", { value: code }, name)));
      select.addEventListener("change", () => {
        draft.home = select.value || undefined;
        touched();
      });
      rows.push(() => {
        select.value = draft.home || "";
      });
      bind(item.key, () => select.focus());
      box.append(key(item.key), select);
      return box;
    }

    const kinds = { one: one, many: many, age: age, number: number, home: home };
    items.forEach((item) => {
      const shared = item.group && body.querySelector(`.of-${item.group} .options`);
      if (shared) {
        shared.append(el("span", { class: "facts" }, item.label), kinds[item.kind](item).firstChild);
        return;
      }
      const row = el("div", { class: "step", role: "group", "aria-label": item.label, "data-name": item.name });
      row.classList.add(`of-${item.group || item.name}`);
      row.append(el("span", {}, item.label), kinds[item.kind](item));
      rows.push(() => {
        row.hidden = !asked(item, draft);
        if (draft[item.name] !== undefined) {
          row.classList.remove("missing");
        }
      });
      body.append(row);
    });

    function refresh() {
      rows.forEach((does) => does());
    }

    refresh();
    return {
      body: body,
      keys: keys,
      erase: erase,
      isBlank: () => items.every((item) => draft[item.name] === undefined || (proposed || {})[item.name] !== undefined),
      digit: (figure) => digitsTo && digit(digitsTo, figure),
      missing: (name) => body.querySelector(`[data-name="${name}"]`).classList.add("missing"),
      value: (name) => draft[name],
      changes: () => changes(items, draft, before, now),
    };
  }

  window.deskForm = { make: make, el: el, key: key, choice: choice, say: say, fields: fields, places: places };
})();
