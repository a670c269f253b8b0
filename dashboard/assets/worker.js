// Keeps the last pages of a device that its owner has marked, and shows them where there is no connection.
// The server says what may be kept, for whom and for how long (dashboard/web/own_device.py). What lies here is
// deleted at sign-out, when a page answers somebody else or nobody, and when its time is over.
// self.WORDS stands above: the texts of this file, each in both languages.
"use strict";

const PREFIX = "chhlang-kept-";
const KEEPER = "X-Chhlang-Keeper";
const LASTS = "X-Chhlang-Lasts";
const FROM = "X-Chhlang-From";
const UNTIL = "X-Chhlang-Until";
const MOST = 8;
const DELETED = "?copies=deleted";
// The page of the desk, which holds nobody's data: on a device that is marked as a desk it outlives sign-out.
const DESK = "chhlang-desk-page";
const DESK_PATH = "/desk";
const DESK_PATIENCE = 6000;
const FONTS = ["400", "700"].map((weight) => `/assets/fonts/noto-sans-khmer-khmer-${weight}-normal.woff2`);

// Whose answer was the last; undefined where this worker has seen none yet. A copy that arrives after the
// sign-out is not kept.
let last;

async function deleteAllBut(keeper) {
  last = keeper || null;
  const own = keeper ? PREFIX + keeper : "";
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== own).map((name) => caches.delete(name)));
}

function address(request) {
  const asked = new URL(request.url);
  return asked.pathname + asked.search;
}

function timely(copy) {
  const now = Date.now();
  return Number(copy.headers.get(FROM)) <= now && now < Number(copy.headers.get(UNTIL));
}

// Copies that may be shown, the newest first; the others are deleted.
async function copies() {
  const found = [];
  for (const name of (await caches.keys()).filter((one) => one.startsWith(PREFIX))) {
    const held = await caches.open(name);
    for (const request of await held.keys()) {
      const copy = await held.match(request);
      if (!copy.headers.has(UNTIL)) {
        continue; // a font
      }
      if (timely(copy)) {
        found.push({ held: held, request: request, copy: copy, from: Number(copy.headers.get(FROM)) });
      } else {
        await held.delete(request);
      }
    }
  }
  return found.sort((one, other) => other.from - one.from);
}

async function keep(where, keeper) {
  if (last === undefined) {
    last = keeper;
  }
  const answer = await fetch(where, { headers: { "X-Chhlang-Keep": "yes" }, redirect: "error", cache: "no-store" });
  const lasts = Number(answer.headers.get(LASTS));
  if (!answer.ok || answer.headers.get(KEEPER) !== keeper || !(lasts > 0)) {
    return;
  }
  const text = await answer.text();
  if (last !== keeper) {
    return;
  }
  const from = Date.now();
  const headers = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": answer.headers.get("Content-Security-Policy"),
    [FROM]: String(from),
    [UNTIL]: String(from + lasts * 1000),
  };
  const held = await caches.open(PREFIX + keeper);
  await held.delete(where);
  await held.put(where, new Response(text, { headers: headers }));
  for (const font of FONTS) {
    if (!(await held.match(font))) {
      await held.add(font);
    }
  }
  if (last !== keeper) {
    await deleteAllBut(last);
    return;
  }
  for (const old of (await copies()).slice(MOST)) {
    await old.held.delete(old.request);
  }
}

function escaped(text) {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

// A page of this worker's own: what is the matter in both languages, and the copies that there are.
function ownPage(words, links) {
  const lines = words.map((one) => `<p lang="${one[0]}">${escaped(one[1])}</p>`).join("");
  const list = links.map((one) => `<li><a href="${escaped(one[0])}">${escaped(one[1])}</a></li>`).join("");
  const page = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Chhlang</title>
<style>html { color-scheme: light dark; font: 1.05rem/1.7 "Noto Sans Khmer", system-ui, sans-serif; }
main { max-width: 40rem; margin: 2rem auto; padding: 0 1rem; } li a { display: inline-block; padding: 8px 0; }</style></head>
<body><main id="content"><h1>Chhlang</h1>${lines}${list ? `<ul>${list}</ul>` : ""}</main></body></html>`;
  return new Response(page, {
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'",
    },
  });
}

async function shown(copy) {
  // An open copy does not outlive its time either.
  const headers = new Headers(copy.headers);
  headers.set("Refresh", String(Math.ceil((Number(copy.headers.get(UNTIL)) - Date.now()) / 1000) + 1));
  return new Response(await copy.text(), { headers: headers });
}

async function withoutConnection(request) {
  const found = await copies();
  const wanted = address(request);
  const exact = found.find((one) => address(one.request) === wanted);
  if (exact) {
    return shown(exact.copy);
  }
  if (wanted === "/" && found.length) {
    return Response.redirect(address(found[0].request), 302); // the last view
  }
  const links = [];
  for (const one of found) {
    const title = /<title>([^<]*)/.exec(await one.copy.clone().text());
    const text = unescaped(title ? title[1] : address(one.request));
    links.push([address(one.request), text]);
  }
  return ownPage(links.length ? self.WORDS.notKept : self.WORDS.nothing, links);
}

// The text of a title, whose signs templates escape.
function unescaped(html) {
  return html
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&#34;|&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, "&");
}

async function open(request) {
  let answer;
  try {
    answer = await fetch(request);
  } catch (error) {
    return withoutConnection(request);
  }
  // A redirect tells a worker nothing; a failing server says nothing of who is signed in.
  if (answer.type === "basic" && answer.status < 500) {
    await deleteAllBut(answer.headers.get(KEEPER));
  }
  return answer;
}

async function keepDesk(files) {
  const answer = await fetch(DESK_PATH, { redirect: "error", cache: "no-store" });
  if (!answer.ok || !answer.headers.has("X-Chhlang-Desk")) {
    return;
  }
  const held = await caches.open(DESK);
  const own = files.filter((one) => typeof one === "string" && one.startsWith("/assets/")).concat(FONTS);
  for (const one of own) {
    if (!(await held.match(one))) {
      await held.add(one);
    }
  }
  const headers = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": answer.headers.get("Content-Security-Policy"),
  };
  await held.put(DESK_PATH, new Response(await answer.text(), { headers: headers }));
  const wanted = new Set([DESK_PATH, ...own]);
  for (const request of await held.keys()) {
    if (!wanted.has(address(request))) {
      await held.delete(request); // a file of an earlier version
    }
  }
}

// The desk opens without a connection, with a slow one, and while the server fails.
async function openDesk(request) {
  const held = await caches.open(DESK);
  const copy = await held.match(DESK_PATH);
  if (!copy) {
    return open(request);
  }
  const late = new Promise((_, fail) => setTimeout(fail, DESK_PATIENCE, new Error("late")));
  try {
    const answer = await Promise.race([fetch(request), late]);
    if (answer.status < 500) {
      if (answer.type === "basic") {
        await deleteAllBut(answer.headers.get(KEEPER));
      }
      return answer;
    }
  } catch (error) {
    // no connection, or a slow one
  }
  return copy;
}

function referredByDesk(request) {
  try {
    return new URL(request.referrer).pathname === DESK_PATH;
  } catch (error) {
    return false;
  }
}

async function fileOfDesk(request) {
  try {
    return await fetch(request);
  } catch (error) {
    return (await (await caches.open(DESK)).match(request)) || Response.error();
  }
}

// Copies are deleted. With a connection the browser posts the form once more, past this worker.
async function postOn(path, words) {
  try {
    await fetch("/healthz", { cache: "no-store" });
  } catch (error) {
    return ownPage(words, []);
  }
  return Response.redirect(path + DELETED, 307);
}

async function font(request) {
  try {
    return await fetch(request);
  } catch (error) {
    return (await caches.match(request)) || Response.error();
  }
}

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("activate", (event) => {
  event.waitUntil(Promise.all([self.clients.claim(), copies()]));
});

self.addEventListener("message", (event) => {
  const asked = event.data || {};
  if (Array.isArray(asked.desk)) {
    event.waitUntil(keepDesk(asked.desk).catch(() => undefined));
  } else if (asked.desk === "forget") {
    event.waitUntil(caches.delete(DESK));
  }
  if (typeof asked.address === "string" && typeof asked.keeper === "string") {
    event.waitUntil(keep(asked.address, asked.keeper).catch(() => undefined));
  }
});

self.addEventListener("fetch", (event) => {
  const request = event.request;
  const path = new URL(request.url).pathname;
  const words = request.method === "POST" && { "/sign-out": self.WORDS.signedOut, "/device": self.WORDS.takenBack }[path];
  if (request.mode === "navigate" && (words || path === "/sign-in")) {
    // The answer tells the browser to delete this worker too: such an answer must not pass through it.
    const deleted = deleteAllBut(null);
    if (words && !request.url.endsWith(DELETED)) {
      event.respondWith(deleted.then(() => postOn(path, words)));
    } else {
      event.waitUntil(deleted);
    }
  } else if (request.mode === "navigate" && request.method === "GET" && path === DESK_PATH) {
    event.respondWith(openDesk(request));
  } else if (request.mode === "navigate" && request.method === "GET") {
    event.respondWith(open(request));
  } else if (FONTS.includes(path)) {
    event.respondWith(font(request));
  } else if (request.method === "GET" && path.startsWith("/assets/") && referredByDesk(request)) {
    event.respondWith(fileOfDesk(request));
  }
});
