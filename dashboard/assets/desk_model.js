// What a desk knows while its page is open: the open vans and their people. In memory alone.
// A record is named by kind and item ("service/food"); its fields are those of the entries about it.
(function () {
  "use strict";

  const vans = new Map();
  const pending = new Map(); // id of an entry that was not taken yet -> the entry

  function vanOf(entry) {
    if (!vans.has(entry.van)) {
      vans.set(entry.van, { id: entry.van, crossing: entry.crossing, fields: {}, marks: {}, people: new Map() });
    }
    return vans.get(entry.van);
  }

  function personOf(van, id) {
    if (!van.people.has(id)) {
      van.people.set(id, { id: id, number: null, records: {} });
    }
    return van.people.get(id);
  }

  function changed(held, fields) {
    const after = Object.assign({}, held, fields);
    Object.keys(after).forEach((name) => after[name] === null && delete after[name]);
    return after;
  }

  // What an entry changes. The same entry twice changes nothing more.
  function apply(entry) {
    const van = vanOf(entry);
    const record = entry.item ? `${entry.kind}/${entry.item}` : entry.kind;
    if (entry.kind === "van") {
      van.fields = changed(van.fields, entry.fields);
    } else if (entry.subject === entry.van) {
      van.marks[record] = changed(van.marks[record], entry.fields);
    } else {
      const person = personOf(van, entry.subject);
      person.records[record] = changed(person.records[record], entry.fields);
      if (record === "arrival" && entry.fields.number) {
        person.number = entry.fields.number;
      }
    }
  }

  // What the server knows, and on top of it what it has not taken yet.
  // `here`: the van that is worked on stays, also where another desk has closed it.
  function fromServer(listed, here) {
    const kept = vans.get(here);
    vans.clear();
    if (kept) {
      vans.set(here, kept);
    }
    listed.forEach((told) => {
      const people = told.people.map((one) => [one.id, one]);
      vans.set(told.id, Object.assign({}, told, { people: new Map(people) }));
    });
    pending.forEach(apply);
  }

  // In the order in which they came; those of one minute by their letters: Z, AA, AB.
  function byArrival(one, other) {
    const told = [one, other].map((van) => [van.fields.arrived_at || "", van.fields.letter || ""]);
    const [[at, letter], [otherAt, otherLetter]] = told;
    return at.localeCompare(otherAt) || letter.length - otherLetter.length || letter.localeCompare(otherLetter);
  }

  function of(person, record) {
    return person.records[record] || {};
  }

  function isUrgent(person) {
    const told = of(person, "assessment");
    return Boolean((told.danger_signs || []).length) && !told.urgent_met_at;
  }

  function referrals(person) {
    return Object.keys(person.records).filter((name) => name.startsWith("referral/"));
  }

  function tally(van) {
    const people = Array.from(van.people.values());
    return {
      counted: ["men", "women", "boys", "girls"].reduce((sum, name) => sum + (van.fields[name] || 0), 0),
      entered: people.length,
      urgent: Math.max(people.filter(isUrgent).length, van.fields.urgent || 0),
      tbWaiting: people.filter((one) => waitsFor("tb", one)).length,
      referred: people.filter((one) => referrals(one).length || one.referred).length,
    };
  }

  // Whether a person waits at a station.
  function waitsFor(station, person) {
    const told = of(person, "assessment");
    const test = of(person, "service/test_tb");
    if (station === "nurse") {
      return isUrgent(person) || (of(person, "arrival").daily_medicine === true && !referrals(person).length);
    }
    if (station === "tb") {
      return (told.symptoms || []).includes("cough") && test.offered !== false && !(test.done === true && test.result);
    }
    return false;
  }

  window.deskModel = {
    apply: apply,
    fromServer: fromServer,
    isUrgent: isUrgent,
    of: of,
    open: () => Array.from(vans.values()).filter((one) => !one.fields.closed_at).sort(byArrival),
    pending: pending,
    referrals: referrals,
    tally: tally,
    van: (id) => vans.get(id),
    all: () => Array.from(vans.values()),
    waitsFor: waitsFor,
    forget: () => {
      vans.clear();
      pending.clear();
    },
  };
})();
