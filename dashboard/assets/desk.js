// The desk: open vans, their people, stations. What is entered is sealed at once and sent when it can be.
(function () {
  "use strict";

  const store = window.deskStore;
  const model = window.deskModel;
  const { el, key, choice, say, fields, places } = window.deskForm;
  const told = document.getElementById("desk").dataset;
  const part = (id) => document.getElementById(id);
  const EVERY = 8000;
  const OFFLINE = 100; // below it are the numbers that desks with a connection give
  const RENEWED = 30 * 60000; // after so long everything is asked for anew, with a voucher of that hour
  const IDLE = Number(told.idle) * 60000;

  const SEVEN = 7 * 3600000;
  const WHOLE = { food: ["service/food", "given_at", "J"], session: ["session/risks", "held_at", "I"] };

  let stations = ["desk"];
  let station = "desk";
  const lastAt = new Map(); // record -> second of its last entry
  let van = null; // id of the van that is worked on
  let referral = null; // the item of the referral that is written
  let opening = null; // the form of a new or changed van is open: its draft
  let person = null; // id of the person that is mended, or stood before a station
  let form = null;
  let state = "away"; // sent, away, signed-out, not-allowed
  let voucher = "";
  let seen = ""; // what was looked at last, by the server's name for it
  let seenUntil = 0;
  let often = [];
  let keysOn = true;
  let touchedAt = Date.now();
  let locked = false;
  let pin = null; // in memory: salt and hash, so that the desk reopens without a connection
  let tries = 0;
  let warned = false;
  let taken = 0; // answers of the server to what was sent
  const counting = new Map(); // van -> numbers of a surge that were touched in the last moment
  let countingEnds = 0;
  const unsealed = []; // entries of the last moment, in their order
  let sealing = Promise.resolve();

  // ---- entries ----

  function hex() {
    return crypto.randomUUID().replaceAll("-", "");
  }

  // The second in which an entry was made. Of two entries about one record the later one counts: a change within
  // the same second has the next one, and waits for it.
  function second(record) {
    const made = Math.max(Math.floor(Date.now() / 1000), (lastAt.get(record) || 0) + 1);
    lastAt.set(record, made);
    return made;
  }

  function until(made) {
    const left = made * 1000 - Date.now();
    return left > 0 ? new Promise((done) => window.setTimeout(done, left)) : null;
  }

  // A moment by the clock of Phnom Penh, always seven hours ahead of UTC.
  function local(moment) {
    return new Date(new Date(moment || Date.now()).getTime() + SEVEN).toISOString().slice(0, 16);
  }

  // What is entered is shown at once, and sealed before anything that is entered after it: nobody waits for that.
  function enter(record, held, subject, fields) {
    const [kind, item] = record.split("/");
    const made = second(subject + record);
    const entry = {
      id: hex(),
      kind: kind,
      subject: subject,
      item: item || "",
      van: held.id,
      crossing: held.crossing,
      station: station,
      made_at: new Date(made * 1000).toISOString().slice(0, 19) + "Z",
      fields: fields,
    };
    model.pending.set(entry.id, entry);
    model.apply(entry);
    part("net").dataset.waiting = "…";
    unsealed.push({ made: made, entry: entry, by: voucher });
    sealing = sealing.then(sealAll);
  }

  // An entry that the device has no space for stays in memory, and is tried again.
  async function sealAll() {
    while (unsealed.length) {
      const first = unsealed[0];
      await until(first.made);
      try {
        await store.add(Object.assign({ by: first.by }, first.entry));
      } catch (error) {
        fault(say("full"));
        return;
      }
      unsealed.shift();
    }
    send();
  }

  // What the server answered: an entry that was taken, with the letter or number that it gave.
  function heard(said) {
    taken += 1;
    said.answers.forEach((one) => {
      const entry = model.pending.get(one.id);
      if (one.taken && entry) {
        Object.assign(entry.fields, one.given);
        model.apply(entry);
        model.pending.delete(one.id);
      }
    });
    drawVan();
    drawNotTaken();
  }

  async function send() {
    drawNet();
    state = await store.send(heard);
    drawNet();
    return state;
  }

  async function look() {
    let answer;
    const before = taken;
    try {
      answer = await fetch("/desk/state" + (Date.now() < seenUntil ? `?seen=${seen}` : ""), { cache: "no-store", redirect: "error", headers: { Accept: "application/json" } });
    } catch (error) {
      state = "away";
      drawNet();
      return;
    }
    if (answer.status === 423) {
      lockNow(false);
      return;
    }
    if (answer.status === 410) {
      await forgetDevice();
      return;
    }
    if (answer.status === 401 || answer.status === 403) {
      state = "signed-out";
      drawNet();
      return;
    }
    if (!answer.ok || answer.status === 204) {
      return; // 204: nothing changed since the last look
    }
    const heard = await answer.json();
    if (counting.size || taken !== before) {
      return; // something was entered or taken meanwhile: what was asked for is older
    }
    seen = heard.seen;
    seenUntil = Date.now() + RENEWED;
    voucher = heard.voucher;
    often = heard.often;
    part("lock").hidden = !heard.pin;
    model.fromServer(heard.vans, van);
    if (!van) {
      van = (model.open()[0] || {}).id || null;
      if (!opening) {
        begin();
      }
    }
    if (JSON.stringify(heard.stations) !== JSON.stringify(stations)) {
      stations = heard.stations;
      if (!stations.includes(station)) {
        go(stations[0]);
      }
      drawStations();
    }
    drawVan();
  }

  async function tick() {
    if (document.hidden || locked) {
      return;
    }
    if (pinIsSet() && Date.now() - touchedAt > IDLE) {
      lockNow(true);
      return;
    }
    if (Date.now() - touchedAt < IDLE) {
      await sealAll();
      await send();
      await look();
    }
  }

  async function forgetDevice() {
    // The device was revoked: the page is not kept on it any more. What is sealed stays.
    if (navigator.serviceWorker && navigator.serviceWorker.controller) {
      navigator.serviceWorker.controller.postMessage({ desk: "forget" });
    }
    model.forget();
    window.location.assign("/desk/devices");
  }

  // ---- what is drawn ----

  function announce(text) {
    part("said").textContent = text;
  }

  function fault(text) {
    part("not-taken").replaceChildren(el("p", {}, text));
    part("not-taken").hidden = false;
  }

  async function drawNet() {
    const held = await store.counts();
    held.waiting += unsealed.length;
    const net = part("net");
    const text =
      state === "signed-out" || state === "not-allowed"
        ? say("signedOut", { count: held.waiting })
        : state === "away"
          ? say("noConnection", { count: held.waiting })
          : held.waiting
            ? say("waiting", { count: held.waiting })
            : say("allSent");
    net.className = state === "sent" ? (held.waiting ? "waiting" : "sent") : "away";
    net.dataset.waiting = String(held.waiting);
    net.dataset.state = state;
    net.replaceChildren(text);
    if (state === "signed-out") {
      net.append(" ", el("a", { href: told.signIn + "?next=%2Fdesk" }, say("signIn")));
    }
  }

  function drawNotTaken() {
    const box = part("not-taken");
    if (!store.refused.size) {
      box.hidden = true;
      return;
    }
    const list = el("ul");
    store.refused.forEach((why, id) => {
      const entry = model.pending.get(id);
      const held = entry && model.van(entry.van);
      const whose = held && held.people.get(entry.subject);
      const who = held ? tagOf(held, whose) : "";
      list.append(
        el("li", {}, el("span", {}, `${say("notTaken")} ${who} ${why}`),
          el("button", { type: "button", class: "quiet", onclick: () => {
            store.retry();
            drawNotTaken();
            send();
          } }, say("tryAgain")),
          el("button", { type: "button", class: "quiet", onclick: async () => {
            if (window.confirm(say("discardSure")) && (await store.discard(id))) {
              model.pending.delete(id);
              seenUntil = 0; // what it showed is taken back
              drawNotTaken();
              await look();
              drawNet();
            }
          } }, say("discard")))
      );
    });
    box.replaceChildren(list);
    box.hidden = false;
  }

  function drawStations() {
    part("stations").replaceChildren(
      ...stations.map((name, place) =>
        el("button", { type: "button", "aria-pressed": String(name === station), onclick: () => go(name) }, say(name), key("⇧" + (place + 1)))
      )
    );
  }

  // B, or B-17. A number that waits for the server is a dot.
  function tagOf(held, one) {
    const letter = held.fields.letter || "…";
    return one ? `${letter}-${one.number || "…"}` : letter;
  }

  // In a surge people are counted as they pass: a touch adds one. Touches of two seconds are one entry.
  function counted(held) {
    if (held.fields.surge) {
      const names = ["men", "women", "boys", "girls", "urgent"];
      return el("div", { class: "counts surge", role: "group", "aria-label": say("surge") },
        ...names.map((name) => el("button", { type: "button", class: "choice" + (name === "urgent" ? " urgent" : ""), "data-count": name, onclick: (event) => countOne(held.id, name, event.currentTarget) },
          el("b", {}, String(held.fields[name] || 0)), el("span", {}, `+ ${say(name)}`)))
      );
    }
    return el("div", { class: "counts" },
      ...["men", "women", "boys", "girls"].map((name) => el("div", {}, el("b", {}, String(held.fields[name] || 0)), el("span", {}, say(name))))
    );
  }

  function countOne(id, name, button) {
    const held = model.van(id);
    held.fields[name] = (held.fields[name] || 0) + 1;
    button.querySelector("b").textContent = String(held.fields[name]);
    counting.set(id, Object.assign(counting.get(id) || {}, { [name]: held.fields[name] }));
    window.clearTimeout(countingEnds);
    countingEnds = window.setTimeout(keepCounts, 2000);
  }

  function keepCounts() {
    window.clearTimeout(countingEnds);
    counting.forEach((numbers, id) => model.van(id) && enter("van", model.van(id), id, numbers));
    counting.clear();
    drawVan();
  }

  function whole(held, step) {
    const [record, when, letter] = WHOLE[step];
    const given = held.marks[record] || {};
    const box = el("div", { class: "options" });
    if (given[when]) {
      const but = (given.except || []).map((id) => (held.people.get(id) || {}).number || "…");
      const text = say("givenAt", { time: given[when].slice(11) }) + (but.length ? `, ${say("except")} ${but.join(" ")}` : "");
      box.append(
        el("span", {}, `${say(step)}: ${text}`),
        el("button", { type: "button", class: "quiet", onclick: () => mark(held, step, "", true) }, say("takeBack"))
      );
      return box;
    }
    const except = el("input", { type: "text", inputmode: "numeric", placeholder: say("except"), title: say("exceptHelp"), "aria-label": `${say(step)}: ${say("except")}. ${say("exceptHelp")}`, maxlength: "60", "data-step": step });
    box.append(choice(say(step), letter, false, () => mark(held, step, except.value, false)), except);
    return box;
  }

  function mark(held, step, text, undo) {
    const [record, when] = WHOLE[step];
    if (!undo && (held.marks[record] || {})[when]) {
      return;
    }
    const numbers = undo ? [] : text.split(/[^0-9]+/).filter(Boolean).map(Number);
    const people = Array.from(held.people.values());
    const except = numbers.map((n) => (people.find((one) => one.number === n) || {}).id);
    if (except.includes(undefined)) {
      fault(say("exceptHelp"));
      return;
    }
    enter(record, held, held.id, { [when]: undo ? null : local(), except: undo ? null : except });
    document.activeElement.blur();
    drawVan();
  }

  function chip(one) {
    const told = model.of(one, "arrival");
    const age = typeof told.age_years === "number" ? String(told.age_years) : "?";
    const sex = { female: "♀", male: "♂" }[told.sex] || "";
    const urgent = model.isUrgent(one);
    const marks = (urgent ? " urgent" : "") + (model.waitsFor(station, one) ? " waits" : "");
    const spoken = `${say("person")} ${one.number || ""}, ${told.sex ? say(told.sex) : ""}, ${age}${urgent ? ", " + say("urgent") : ""}`;
    return el("button", {
      type: "button", class: "choice person" + marks, "aria-pressed": String(one.id === person), "aria-label": spoken,
      "data-person": one.id, onclick: () => choose(one.id),
    }, el("b", {}, String(one.number || "…")), el("span", {}, `${sex}${age}`), urgent ? el("b", {}, "!") : null);
  }

  function drawVan() {
    const box = part("van");
    const rest = part("rest");
    const focused = document.activeElement.dataset.person;
    const typing = rest.contains(document.activeElement) && document.activeElement.tagName === "INPUT";
    if (typing) {
      return; // somebody types into it; it is drawn with the next look
    }
    const parts = [];
    let more = [];
    const tags = el("div", { class: "tags", role: "group", "aria-label": say("openVans") });
    model.open().forEach((one) => {
      const urgent = model.tally(one).urgent ? " urgent" : "";
      tags.append(choice(tagOf(one), "", one.id === van && !opening, () => work(one.id), urgent));
    });
    tags.append(choice(say("newVan"), "+", Boolean(opening && !opening.id), () => openVan(null)));
    const held = van && model.van(van);
    if (held) {
      const told = model.tally(held);
      const where = held.fields.informal ? say("informal") : places.crossings[held.crossing] || held.crossing;
      parts.push(
        el("h2", {}, el("b", {}, tagOf(held)), el("span", { class: "facts" }, `${where} · ${(held.fields.arrived_at || "").slice(11)}`)),
        counted(held), tags,
        el("ul", { class: "tally" },
          el("li", {}, say("entered"), el("b", { id: "entered" }, `${told.entered} / ${told.counted}`)),
          el("li", { class: told.urgent ? "urgent" : "" }, say("urgent"), el("b", {}, String(told.urgent))),
          el("li", {}, say("tbWaiting"), el("b", {}, String(told.tbWaiting))),
          el("li", {}, say("referred"), el("b", {}, String(told.referred))),
          told.entered > told.counted ? el("li", { class: "wrong" }, say("more", { count: told.entered - told.counted })) : null
        )
      );
      more = [
        el("div", { class: "people", role: "group", "aria-label": say("people") },
          ...(told.entered ? sorted(held).map(chip) : [el("span", { class: "facts" }, say("nobody"))])),
        el("div", { class: "whole", role: "group", "aria-label": say("wholeVan") }, whole(held, "food"), whole(held, "session")),
        el("div", { class: "options" },
          el("button", { type: "button", class: "quiet", onclick: () => openVan(held) }, say("changeVan")),
          el("button", { type: "button", class: "quiet", onclick: () => {
            enter("van", held, held.id, { closed_at: local() });
            van = (model.open()[0] || {}).id || null;
            leave();
          } }, say("closeVan")))
      ];
    } else {
      parts.push(el("p", {}, say("noVan")), tags);
    }
    box.replaceChildren(...parts);
    rest.replaceChildren(...more);
    const here = tags.querySelector("[aria-pressed=true]");
    if (here) {
      tags.scrollTop = here.offsetTop - tags.offsetTop - 54;
    }
    rest.hidden = !more.length;
    if (focused) {
      const again = rest.querySelector(`[data-person="${focused}"]`);
      if (again) {
        again.focus();
      }
    }
  }

  // At a station those who wait come first, urgent ones before all.
  function sorted(held) {
    const people = Array.from(held.people.values());
    const last = (one) => one.number || Infinity;
    const rank = (one) => (model.isUrgent(one) ? 0 : model.waitsFor(station, one) ? 1 : 2);
    return station === "desk"
      ? people.sort((a, b) => last(b) - last(a) || 0)
      : people.sort((a, b) => rank(a) - rank(b) || last(a) - last(b) || 0);
  }

  // The answers that a person's records hold, by the names of the fields of a station; those of the desk come along.
  function answers(one, name) {
    const found = {};
    const from = (item) => {
      const record = model.of(one, item.record === "referral/*" ? `referral/${referral}` : item.record);
      const value = item.field ? record[item.field] : record[item.stamp] ? true : undefined;
      if (value !== undefined) {
        found[item.name] = value;
      }
    };
    fields.desk.filter((item) => ["sex", "age", "medicine"].includes(item.name)).forEach(from);
    fields[name].forEach(from);
    return found;
  }

  function drawWork() {
    const box = part("work");
    form = null;
    if (opening) {
      drawOpening(box);
      return;
    }
    const held = van && model.van(van);
    if (!held || (station !== "desk" && !person)) {
      box.replaceChildren(el("p", {}, held ? say("chooseOne") : say("noVan")));
      return;
    }
    const known = person && held.people.get(person);
    const n = known ? known.number || "…" : nextNumber(held);
    form = window.deskForm.make(station, known ? answers(known, station) : {}, often, () => {
      warned = false;
      hint("");
    }, local, known || station !== "desk" ? {} : nextLine(held));
    const save = station === "desk" && !known ? "saveNext" : known && station === "desk" ? "saveChange" : "save";
    box.replaceChildren(
      el("h2", {}, el("span", {}, `${say("person")} ${n}`), el("span", { class: "facts" }, `${tagOf(held)}-${n}`),
        known && station !== "desk" ? el("span", {}, whoIs(known)) : null,
        !known && held.fields.surge ? el("span", { class: "note" }, say("surgeNext", { k: held.fields.one_in, place: model.tally(held).entered * held.fields.one_in + 1 })) : null),
      ...[known && station === "referral" && referralsOf(known)].filter(Boolean),
      form.body,
      el("div", { class: "go" },
        el("button", { type: "button", class: "save", id: "save", onclick: saveForm }, el("span", {}, say(save)), key("Enter")),
        person ? el("button", { type: "button", class: "quiet", onclick: leave }, say("leave"), key("Esc")) : null,
        station === "referral" && state === "sent" && isChild(known) ? el("a", { class: "quiet", href: `${told.handover}${known.id}`, target: "_blank", rel: "noopener" }, say("handover")) : null,
        el("p", { id: "hint" })
      )
    );
  }

  // Each opens in the form; its slip is printed from a page of its own, once the server has it.
  function referralsOf(one) {
    const names = Object.fromEntries(fields.referral[0].choices.map((told) => [told.value, told.text]));
    const items = model.referrals(one).map((name) => name.slice(9));
    if (!items.length) {
      return null;
    }
    const box = el("div", { class: "tags", role: "group", "aria-label": say("referrals") });
    items.forEach((item) => {
      const held = model.of(one, `referral/${item}`);
      box.append(choice(names[held.partner] || "…", "", item === referral, () => {
        referral = item;
        drawWork();
      }));
      if (state === "sent") {
        const address = `${told.slips}${one.id}/${item}`;
        if (!held.slip) {
          box.append(el("a", { class: "quiet", href: `${address}/sticker`, target: "_blank", rel: "noopener" }, say("sticker")));
        }
        box.append(el("form", { method: "post", action: address, target: "_blank", rel: "noopener" }, el("button", { type: "submit", class: "quiet" }, `${say("printSlip")} ${held.slip || ""}`)));
      }
    });
    box.append(choice(say("newReferral"), "+", !items.includes(referral), () => {
      referral = hex();
      drawWork();
    }));
    return box;
  }

  function isChild(one) {
    const said = model.of(one, "arrival");
    return typeof said.age_years === "number" ? said.age_years < 18 : ["0-4", "5-14"].includes(said.age_band);
  }

  function whoIs(one) {
    const told = model.of(one, "arrival");
    return `${told.sex ? say(told.sex) : ""} ${typeof told.age_years === "number" ? told.age_years : "?"}`;
  }

  // The next line of the paper register, after that of the person who was entered last.
  function nextLine(held) {
    const last = Array.from(held.people.values()).map((one) => model.of(one, "arrival")).filter((told) => told.register_line).pop();
    return last ? { book: last.register_book, page: last.register_page, line: last.register_line + 1 } : {};
  }

  function nextNumber(held) {
    return 1 + Math.max(0, ...Array.from(held.people.values(), (one) => one.number || 0).filter((one) => one < OFFLINE));
  }

  function hint(text) {
    const box = part("hint");
    if (box) {
      box.textContent = text;
      box.classList.toggle("wrong", Boolean(text));
    }
    if (text) {
      announce(text);
    }
  }

  // ---- vans ----

  function openVan(held) {
    opening = held
      ? Object.assign({ id: held.id, crossing: held.crossing }, held.fields)
      : { id: null, crossing: told.crossing, informal: false, arrived_at: local() };
    drawVan();
    drawWork();
    part("work").querySelector("input[type=number]").focus();
  }

  function drawOpening(box) {
    const made = el("form", { class: "van" });
    const by = el("div", { class: "options", role: "group", "aria-label": say("cameBy") });
    const ways = [[false, places.crossings[opening.crossing] || opening.crossing], [true, say("informal")]];
    const draw = () =>
      by.replaceChildren(
        ...ways.map(([informal, name]) =>
          choice(name, "", Boolean(opening.informal) === informal, () => {
            opening.informal = informal;
            draw();
          })
        )
      );
    draw();
    const day = el("input", { type: "date", class: "number day", "aria-label": say("cameOn"), value: opening.arrived_at.slice(0, 10), max: local().slice(0, 10), required: true });
    const paper = el("input", { type: "text", class: "number", maxlength: "3", pattern: "[A-Za-z]{1,3}", "aria-label": say("letter") });
    const oneIn = el("input", { type: "number", class: "number", min: "2", max: "1000", inputmode: "numeric", "aria-label": say("oneIn"), value: opening.surge ? String(opening.one_in) : "" });
    const time = el("input", { type: "time", class: "number time", "aria-label": say("cameAt"), value: opening.arrived_at.slice(11), required: true });
    const four = el("div", { class: "four" });
    const inputs = ["men", "women", "boys", "girls"].map((name) => {
      const input = el("input", { type: "number", class: "number", min: "0", max: "999", inputmode: "numeric", name: name, value: opening[name] === undefined ? "" : String(opening[name]) });
      four.append(el("label", {}, say(name), input));
      return input;
    });
    made.append(
      el("h2", {}, opening.id ? say("changeVan") : say("newVan")), four,
      el("div", { class: "step" }, el("span", {}, say("cameBy")), by),
      el("div", { class: "step" }, el("span", {}, say("cameAt")), el("div", { class: "options" }, time, day)),
      opening.id ? "" : el("div", { class: "step" }, el("span", {}, say("letter")), el("div", { class: "options" }, paper)),
      el("div", { class: "step" }, el("span", {}, say("surge")), el("div", { class: "options" }, oneIn, el("span", { class: "facts" }, say("oneIn")))),
      el("div", { class: "go" },
        el("button", { type: "submit", class: "save", id: "save" }, el("span", {}, opening.id ? say("saveChange") : say("openVan")), key("Enter")),
        el("button", { type: "button", class: "quiet", onclick: leave }, say("leave"), key("Esc")))
    );
    inputs.forEach((input, place) => {
      input.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && place < inputs.length - 1) {
          event.preventDefault();
          inputs[place + 1].focus();
          inputs[place + 1].select();
        }
      });
    });
    made.addEventListener("submit", (event) => {
      event.preventDefault();
      const given = { informal: opening.informal, arrived_at: `${day.value}T${time.value}` };
      const k = Number(oneIn.value || 1);
      if (k > 1 || opening.surge) {
        given.surge = k > 1;
        given.one_in = k > 1 ? k : null;
      }
      inputs.forEach((input) => {
        given[input.name] = Number(input.value || 0);
      });
      const made = { id: opening.id || hex(), crossing: opening.crossing };
      if (!opening.id) {
        given.letter = paper.value.toUpperCase() || nextLetter();
      }
      enter("van", made, made.id, given);
      work(made.id);
    });
    box.replaceChildren(made);
  }

  // The letter that a van asks for. Without a connection it begins with the letter of this device, and stays.
  function nextLetter() {
    const today = local().slice(0, 10);
    const own = state === "sent" ? "" : letters(Number(told.number) - 1);
    const used = new Set(model.all().filter((one) => (one.fields.arrived_at || "").startsWith(today)).map((one) => one.fields.letter));
    for (let place = 0; ; place += 1) {
      const letter = own + letters(place);
      if (!used.has(letter)) {
        return letter;
      }
    }
  }

  // A, B ... Z, AA, AB ...
  function letters(place) {
    return (place >= 26 ? letters(Math.floor(place / 26) - 1) : "") + String.fromCharCode(65 + (place % 26));
  }

  function work(id) {
    van = id;
    opening = null;
    begin();
    drawVan();
  }

  function begin() {
    person = null;
    warned = false;
    drawWork();
  }

  function leave() {
    opening = null;
    begin();
    drawVan();
  }

  function go(name) {
    station = name;
    drawStations();
    leave();
  }

  // ---- people ----

  function choose(id) {
    const items = model.referrals(model.van(van).people.get(id));
    referral = items.length ? items[0].slice(9) : hex();
    opening = null;
    person = id;
    warned = false;
    drawVan();
    drawWork();
    part("work").focus({ preventScroll: true }); // the keys are the form's
  }

  function saveForm() {
    if (station === "desk") {
      if (!form.value("sex")) {
        form.missing("sex");
        hint(say("sexAsked"));
        return;
      }
      if (form.value("danger") === undefined && !warned) {
        warned = true;
        form.missing("danger");
        hint(say("asked"));
        return;
      }
    }
    if (station === "referral" && !form.value("partner")) {
      form.missing("partner");
      hint(say("partnerAsked"));
      return;
    }
    const held = model.van(van);
    const known = person && held.people.get(person);
    const id = person || hex();
    const records = form.changes();
    if (!known) {
      const here = state === "sent" ? nextNumber(held) : nextOffline(held);
      records.arrival = Object.assign({ number: here }, records.arrival);
    }
    Object.entries(records).forEach(([record, given]) => enter(record.replace("*", referral), held, id, given));
    announce(`${say("save")}: ${tagOf(held, held.people.get(id))}`);
    begin();
    drawVan();
  }

  // Numbers that a device gives without a connection begin at its own number times 100, and stay.
  function nextOffline(held) {
    const first = Number(told.number) * OFFLINE;
    const own = Array.from(held.people.values(), (one) => one.number || 0).filter((one) => one > first && one < first + OFFLINE);
    return 1 + Math.max(first, ...own);
  }

  function step(by) {
    const held = van && model.van(van);
    const people = held ? sorted(held) : [];
    if (people.length) {
      const at = people.findIndex((one) => one.id === person);
      choose(people[at < 0 ? (by > 0 ? 0 : people.length - 1) : (at + by + people.length) % people.length].id);
    }
  }

  function nextVan(by) {
    const open = model.open();
    if (open.length) {
      const at = open.findIndex((one) => one.id === van);
      work(open[(at + by + open.length) % open.length].id);
    }
  }

  // ---- keys: by their place on the keyboard, so that a Khmer layout works too ----

  const COMMON = {
    Equal: () => openVan(null),
    NumpadAdd: () => openVan(null),
    Comma: () => nextVan(-1),
    Period: () => nextVan(1),
    ArrowUp: () => step(-1),
    ArrowDown: () => step(1),
    KeyJ: () => mark(model.van(van), "food", "", false),
    KeyI: () => mark(model.van(van), "session", "", false),
  };

  function onKey(event) {
    if (locked || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    const at = document.activeElement;
    if (event.code === "Escape") {
      event.preventDefault();
      at.blur();
      leave();
      return;
    }
    if (at && at.tagName === "SELECT" && event.key === "Enter") {
      event.preventDefault();
      at.blur();
      return;
    }
    const typing = at && (at.tagName === "INPUT" || at.tagName === "SELECT");
    if (typing && event.key === "Enter" && form && at.closest(".steps")) {
      event.preventDefault();
      saveForm();
      return;
    }
    if (typing || !keysOn) {
      return;
    }
    const figure = /^(?:Digit|Numpad)([0-9])$/.exec(event.code);
    let does = null;
    if (figure && event.shiftKey) {
      const name = stations[Number(figure[1]) - 1];
      does = name && (() => go(name));
    } else if (event.shiftKey && event.code !== "Equal" && event.code !== "Slash") {
      return;
    } else if (figure) {
      does = form && (() => form.digit(figure[1]));
    } else if (event.code === "Enter" || event.code === "NumpadEnter") {
      if (at && at.matches("button, a, summary") && !at.closest(".steps")) {
        return; // Enter presses what has the focus; in the form it saves, and the space bar presses
      }
      does = form && saveForm;
    } else if (event.code === "Backspace") {
      does = form && (() => form.erase() || mendLast());
    } else {
      does = (form && form.keys.get(event.code)) || ((van || !/^Key[JI]$/.test(event.code)) && COMMON[event.code]);
    }
    if (does) {
      event.preventDefault();
      does();
    }
  }

  // Backspace in an empty form opens the person who was entered last.
  function mendLast() {
    const held = van && model.van(van);
    if (station === "desk" && held && !person && held.people.size && form.isBlank()) {
      choose(Array.from(held.people.keys()).pop());
    }
  }

  // ---- lock ----

  function pinIsSet() {
    return Boolean(pin) || !part("lock").hidden;
  }

  async function hashed(text, salt) {
    const base = await crypto.subtle.importKey("raw", new TextEncoder().encode(text), "PBKDF2", false, ["deriveBits"]);
    const bits = await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt: salt, iterations: 200000 }, base, 256);
    return new Uint8Array(bits).join();
  }

  async function setPin() {
    const text = window.prompt(`${say("setPin")}. ${say("pinHelp", { minutes: told.idle })}`);
    if (!text) {
      return;
    }
    const answer = await store.post("/desk/pin", { pin: text }).catch(() => null);
    if (answer && answer.ok) {
      const salt = crypto.getRandomValues(new Uint8Array(16));
      pin = { salt: salt, hash: await hashed(text, salt) };
      part("lock").hidden = false;
      announce(say("done"));
    } else {
      fault(answer && answer.status === 400 ? (await answer.json()).why : say("noConnection", { count: part("net").dataset.waiting }));
    }
  }

  // The van stays in memory and on the server as it is: only the screen is covered.
  function lockNow(tell) {
    locked = true;
    if (tell) {
      store.post("/desk/lock", {}, true).catch(() => undefined);
    }
    part("content").classList.add("visually-hidden");
    part("content").inert = true;
    document.querySelector(".bar").inert = true;
    const input = el("input", { type: "password", inputmode: "numeric", autocomplete: "off", maxlength: "8", "aria-label": say("pin") });
    const wrong = el("p", { class: "wrong", role: "alert", hidden: true });
    const made = el("form", {}, el("h2", {}, say("locked")), input, wrong, el("div", { class: "options" }, el("button", { type: "submit" }, say("openDesk")), el("a", { class: "quiet", href: told.signIn + "?next=%2Fdesk" }, say("signIn"))));
    made.addEventListener("submit", async (event) => {
      event.preventDefault();
      const answer = await store.post("/desk/unlock", { pin: input.value }).catch(() => null);
      let right = answer && answer.ok;
      if (!answer && pin && tries < Number(told.tries)) {
        tries += 1;
        right = (await hashed(input.value, pin.salt)) === pin.hash;
      }
      input.value = "";
      if (right) {
        unlockNow();
        return;
      }
      if ((answer && answer.status === 401) || tries >= Number(told.tries)) {
        model.forget();
        window.location.assign(told.signIn + "?next=%2Fdesk");
        return;
      }
      const left = answer && answer.status === 400 ? (await answer.json()).left : Number(told.tries) - tries;
      wrong.textContent = say("pinWrong", { count: left });
      wrong.hidden = false;
    });
    part("locked").replaceChildren(made);
    part("locked").hidden = false;
    input.focus();
  }

  function unlockNow() {
    locked = false;
    tries = 0;
    touchedAt = Date.now();
    part("content").classList.remove("visually-hidden");
    part("content").inert = false;
    document.querySelector(".bar").inert = false;
    part("locked").hidden = true;
    part("locked").replaceChildren();
    send().then(look);
  }

  // ---- start ----

  function drawKeys() {
    document.body.classList.toggle("without-keys", !keysOn);
    part("keys").textContent = keysOn ? say("keysOn") : say("keysOff");
    part("keys").setAttribute("aria-pressed", String(keysOn));
  }

  function keepPage() {
    if (!("serviceWorker" in navigator)) {
      return;
    }
    const files = Array.from(document.querySelectorAll("script[src], link[rel=stylesheet], link[rel=icon]"), (one) => one.getAttribute("src") || one.getAttribute("href"));
    navigator.serviceWorker.register("/service-worker.js").then(
      () => navigator.serviceWorker.ready.then((found) => found.active.postMessage({ desk: files })),
      () => undefined
    );
  }

  async function start() {
    if (!store.usable()) {
      fault(say("oldDevice"));
      return;
    }
    drawKeys();
    drawStations();
    drawVan();
    drawWork();
    document.addEventListener("keydown", onKey);
    ["keydown", "pointerdown"].forEach((name) => document.addEventListener(name, () => {
      touchedAt = Date.now();
    }, { passive: true }));
    // What was touched does not keep the keyboard: the next key is the form's.
    document.addEventListener("click", (event) => {
      const button = event.detail > 0 && event.target.closest("#van button, #rest button, #stations button, .steps button");
      if (button && button === document.activeElement) {
        button.blur();
      }
    });
    part("keys").addEventListener("click", () => {
      keysOn = !keysOn;
      drawKeys();
    });
    part("set-pin").addEventListener("click", setPin);
    part("lock").addEventListener("click", () => lockNow(true));
    window.addEventListener("online", tick);
    document.addEventListener("visibilitychange", tick);
    await send();
    await look();
    keepPage();
    window.setInterval(tick, EVERY);
  }

  start();
})();
