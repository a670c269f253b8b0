// What a desk enters: sealed on the device to the server's public key, kept sealed, sent once there is a connection.
// The device cannot open it again: the key that seals is made for one entry and forgotten (decision 64).
// Nothing but what is sealed is ever written to the device's storage.
(function () {
  "use strict";

  const SEAL = new TextEncoder().encode("chhlang desk: one entry, 1");
  const AT_ONCE = 40;
  const FILL = 512;
  const told = document.getElementById("desk").dataset;
  let opening = null;
  let sending = null;
  const refused = new Map(); // id of an entry -> why; in memory alone

  function text64(bytes) {
    let text = "";
    new Uint8Array(bytes).forEach((one) => {
      text += String.fromCharCode(one);
    });
    return btoa(text);
  }

  function bytes64(text) {
    return Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  }

  function joined(first, second) {
    const whole = new Uint8Array(first.length + second.length);
    whole.set(first);
    whole.set(second, first.length);
    return whole;
  }

  // The text of an entry, filled up with spaces: its length does not tell what it is.
  function filled(entry) {
    const bytes = new TextEncoder().encode(JSON.stringify(entry));
    const whole = new Uint8Array(Math.ceil(bytes.length / FILL) * FILL).fill(32);
    whole.set(bytes);
    return whole;
  }

  async function seal(entry) {
    const subtle = crypto.subtle;
    const curve = { name: "ECDH", namedCurve: "P-256" };
    const server = bytes64(told.key);
    const own = await subtle.generateKey(curve, false, ["deriveBits"]);
    const point = new Uint8Array(await subtle.exportKey("raw", own.publicKey));
    const other = await subtle.importKey("raw", server, curve, false, []);
    const shared = await subtle.deriveBits({ name: "ECDH", public: other }, own.privateKey, 256);
    const drawn = await subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
    const way = { name: "HKDF", hash: "SHA-256", salt: joined(point, server), info: SEAL };
    const key = await subtle.deriveKey(way, drawn, { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
    const nonce = crypto.getRandomValues(new Uint8Array(12));
    const bound = new TextEncoder().encode(`1 ${entry.id} ${told.device} ${told.keyName}`);
    const content = await subtle.encrypt({ name: "AES-GCM", iv: nonce, additionalData: bound }, key, filled(entry));
    return {
      u: entry.id,
      d: told.device,
      k: told.keyName,
      e: text64(point),
      n: text64(nonce),
      c: text64(content),
    };
  }

  function database() {
    opening =
      opening ||
      new Promise((done, fail) => {
        const asked = indexedDB.open("chhlang-desk", 1);
        asked.onupgradeneeded = () => {
          asked.result.createObjectStore("sealed", { autoIncrement: true }).createIndex("u", "u", { unique: true });
        };
        asked.onsuccess = () => done(asked.result);
        asked.onerror = () => fail(asked.error);
      });
    return opening;
  }

  function asDone(transaction) {
    return new Promise((done, fail) => {
      transaction.oncomplete = () => done();
      transaction.onerror = transaction.onabort = () => fail(transaction.error);
    });
  }

  function answered(asked) {
    return new Promise((done, fail) => {
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => fail(asked.error);
    });
  }

  async function put(envelope) {
    const writing = (await database()).transaction("sealed", "readwrite", { durability: "strict" });
    writing.objectStore("sealed").add(envelope);
    await asDone(writing);
  }

  async function held() {
    const store = (await database()).transaction("sealed").objectStore("sealed");
    return answered(store.getAll());
  }

  async function drop(id) {
    const writing = (await database()).transaction("sealed", "readwrite");
    const store = writing.objectStore("sealed");
    const place = await answered(store.index("u").getKey(id));
    if (place !== undefined) {
      store.delete(place);
    }
    await asDone(writing);
  }

  async function counts() {
    const all = await held();
    const bad = all.filter((one) => refused.has(one.u)).length;
    return { waiting: all.length - bad, refused: bad };
  }

  async function post(path, fields, outlivesPage) {
    return fetch(path, {
      method: "POST",
      body: new URLSearchParams(fields),
      cache: "no-store",
      redirect: "error",
      keepalive: Boolean(outlivesPage),
      headers: { Accept: "application/json" },
    });
  }

  // One round: everything that is sealed and was not refused on this page, in the order in which it was entered.
  async function round(heard) {
    for (;;) {
      const some = (await held()).filter((one) => !refused.has(one.u)).slice(0, AT_ONCE);
      if (!some.length) {
        return "sent";
      }
      let answer;
      try {
        answer = await post("/desk/entries", { envelopes: JSON.stringify(some) });
      } catch (error) {
        return "away";
      }
      if (answer.status === 401 || answer.status === 403) {
        return answer.status === 401 ? "signed-out" : "not-allowed";
      }
      if (!answer.ok) {
        return "away";
      }
      const said = await answer.json();
      for (const one of said.answers) {
        if (one.taken) {
          await drop(one.id);
        } else {
          refused.set(one.id, one.why);
        }
      }
      const unheard = some.filter((one) => !said.answers.some((other) => other.id === one.u));
      heard(said);
      if (unheard.length) {
        return "away";
      }
    }
  }

  function send(heard) {
    sending =
      sending ||
      round(heard).finally(() => {
        sending = null;
      });
    return sending;
  }

  async function add(entry) {
    await put(await seal(entry));
  }

  async function discard(id) {
    const one = (await held()).find((other) => other.u === id);
    if (one) {
      const answer = await post("/desk/entries/discard", { envelopes: JSON.stringify([one]) });
      if (!answer.ok) {
        return false;
      }
      await drop(id);
    }
    refused.delete(id);
    return true;
  }

  window.deskStore = {
    add: add,
    counts: counts,
    discard: discard,
    post: post,
    refused: refused,
    send: send,
    retry: () => refused.clear(),
    usable: () => Boolean(window.isSecureContext && window.crypto && crypto.subtle && window.indexedDB),
  };
})();
