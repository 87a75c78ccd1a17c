"use strict";
(() => {
  const TEXTS = {
    en: {
      skip: "Skip to the play button", sound: "Sound", volume: "Volume", link: "Link", name: "Your name",
      good: "good, 4 kB/s", fair: "fair, 2.5 kB/s", thin: "thin, 1.5 kB/s", clock: "Clock", stage: "Stage", queue: "Queue",
      join: "To take part, in a terminal:", listen: "Listen", stop: "Stop", starting: "The sound starts…",
      playing: "You hear the meeting.", stopped: "", again: "The sound broke off; trying again…", refused: "No sound now: ",
      scheduled: "not open yet", backstage: "doors not open yet", live: "live", closing: "closing", ended: "ended",
      door: "Door", secret: "Passcode or invite", enter: "Come in",
      passcode: "The room wants a passcode. Its hosts know it.", invite: "The room lets in those who have an invite.",
      keys: "The room is for the people on its list: they join in a terminal.", wrong: "That does not open the door.",
      tries: "Too many tries; wait a minute.",
      closed: "The room is closed to those outside now.", here: "here", listening: "listening", of: "of", left: "left",
      on: "● recorded", rec_paused: "recording paused", "off-record": "off the record", halted: "the recording has stopped",
      tracks: "each voice also on its own track", recordings: "Recordings",
      over: "over", paused: "paused", projected: "projected end", opens: "doors open", nobody: "Nobody speaks.",
      empty: "Nobody waits.", turn: "Has the turn:", deck: "on deck", live_mic: "speaks", muted: "muted", held: "held",
      lost: "No connection to the server; trying again…",
      question: "question", reply: "reply", "point-of-order": "point of order",
    },
    it: {
      skip: "Vai al pulsante di ascolto", sound: "Audio", volume: "Volume", link: "Linea", name: "Il tuo nome",
      good: "buona, 4 kB/s", fair: "discreta, 2,5 kB/s", thin: "sottile, 1,5 kB/s", clock: "Orologio", stage: "Palco",
      queue: "Coda", join: "Per partecipare, in un terminale:", listen: "Ascolta", stop: "Ferma",
      starting: "L'audio parte…", playing: "Stai ascoltando la riunione.", stopped: "",
      again: "L'audio si è interrotto; riprovo…", refused: "Niente audio ora: ",
      scheduled: "non ancora aperta", backstage: "porte ancora chiuse", live: "in corso", closing: "in chiusura",
      ended: "finita", door: "Porta", secret: "Codice o invito", enter: "Entra",
      passcode: "La stanza chiede un codice. Chi la conduce lo sa.", invite: "Nella stanza entra chi ha un invito.",
      keys: "La stanza è per chi è nel suo elenco: si entra da un terminale.", wrong: "Non apre la porta.",
      tries: "Troppi tentativi; aspetta un minuto.", closed: "La stanza ora è chiusa a chi sta fuori.", here: "presenti", listening: "in ascolto",
      on: "● si registra", rec_paused: "registrazione in pausa", "off-record": "fuori registrazione",
      halted: "la registrazione è ferma", tracks: "ogni voce anche su una traccia sua", recordings: "Registrazioni",
      of: "di", left: "rimasti", over: "oltre", paused: "in pausa", projected: "fine prevista", opens: "apertura",
      nobody: "Nessuno parla.", empty: "Nessuno in attesa.", turn: "Ha la parola:", deck: "tra poco", live_mic: "parla",
      muted: "muto", held: "microfono trattenuto", lost: "Nessuna connessione al server; riprovo…",
      question: "domanda", reply: "replica", "point-of-order": "mozione d'ordine",
    },
  };
  const language = navigator.language.startsWith("it") ? "it" : "en";
  const say = (key) => TEXTS[language][key] ?? key;
  const at = (id) => document.getElementById(id);
  const room = location.pathname.replace(/\/+$/, "");

  // Names and topics are other people's words: they go in as text, never as markup.
  const put = (element, text) => { if (element.textContent !== text) element.textContent = text; };
  const make = (tag, text, inside = []) => {
    const element = document.createElement(tag);
    if (text) element.textContent = text;
    element.append(...inside);
    return element;
  };

  document.documentElement.lang = language;
  document.querySelectorAll("[data-t]").forEach((element) => put(element, say(element.dataset.t)));
  put(at("line"), `palco join ${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${room}`);
  at("recordings").href = `${room}/recordings`;

  // What goes on

  let status = null;
  let ahead = 0; // the server's clock minus this one
  let speaking = new Set();

  const two = (n) => String(n).padStart(2, "0");
  const span = (ms) => {
    const s = Math.max(0, Math.floor(ms / 1000));
    const rest = `${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
    return s < 3600 ? rest : `${Math.floor(s / 3600)}:${rest}`;
  };
  const time = (ms) => new Date(ms - ahead).toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" });

  const drawClock = () => {
    const clock = status?.clock;
    if (!clock) return put(at("clock"), "–"), put(at("end"), "");
    const until = clock.paused_at ?? clock.ended_at ?? Date.now() + ahead;
    const elapsed = clock.started_at === null ? 0 : until - clock.started_at - clock.paused_ms;
    const left = clock.planned_ms - elapsed;
    put(at("clock"), `${span(elapsed)} ${say("of")} ${span(clock.planned_ms)}`);
    at("clock").classList.toggle("over", left < 0);
    const words = [left < 0 ? `${span(-left)} ${say("over")}` : `${span(left)} ${say("left")}`];
    if (clock.paused_at !== null) words.push(say("paused"));
    if (clock.ended_at === null) words.push(`${say("projected")} ${time(clock.projected_end)}`);
    put(at("end"), words.join(" · "));
  };

  const drawStage = () => {
    const people = status?.stage ?? [];
    const rows = people.map((person) => {
      const on = person.mic === "live" && speaking.has(person.source);
      const how = on ? say("live_mic") : person.mic === "live" ? "" : say(person.mic);
      const row = make("li", "", [make("bdi", person.name), make("small", ` ${how}`)]);
      row.classList.toggle("on", on);
      return row;
    });
    at("stage").replaceChildren(...(rows.length ? rows : [make("li", say("nobody"))]));
  };

  const draw = () => {
    document.title = `${status.title} – palco`;
    put(at("title"), status.title);
    const facts = [`#${status.number}`, say(status.phase)];
    if (status.recording !== "off") facts.push(say(status.recording === "paused" ? "rec_paused" : status.recording));
    if (status.tracks) facts.push(say("tracks"));
    if (status.closed && !status.door) facts.push(say("closed"));
    at("door").hidden = !status.door;
    at("knock").hidden = status.door === "keys";
    put(at("wants"), status.door ? say(status.door) : "");
    if (status.starts_at && ["scheduled", "backstage"].includes(status.phase)) {
      facts.push(`${say("opens")} ${time(status.starts_at)}`);
    }
    facts.push(`${status.here} ${say("here")}`, `${status.listening} ${say("listening")}`);
    put(at("facts"), facts.join(" · "));
    const turn = status.turn;
    const words = turn && `${say("turn")} ${turn.name} – ${turn.topic}`;
    put(at("turn"), words || "");
    const hands = (status.queue ?? []).map((hand) => {
      const more = [say(hand.kind)];
      if (hand.supporters) more.push(`+${hand.supporters}`);
      if (hand.state === "on-deck") more.unshift(say("deck"));
      const topic = make("span", ` – ${hand.topic} `);
      return make("li", "", [make("bdi", hand.name), topic, make("small", more.join(" · "))]);
    });
    at("queue").classList.toggle("none", !hands.length);
    at("queue").replaceChildren(...(hands.length ? hands : [make("li", say("empty"))]));
    at("play").disabled = !playing && (status.closed || status.phase === "ended");
    drawStage();
    drawClock();
  };

  let events = null;
  const follow = () => {
    events?.close();
    events = new EventSource(`${room}/events`);
    events.addEventListener("status", (event) => {
      status = JSON.parse(event.data);
      ahead = status.now - Date.now();
      draw();
      if (at("state").dataset.of === "lost") tell("stopped");
    });
    events.addEventListener("speaking", (event) => {
      speaking = new Set(JSON.parse(event.data));
      drawStage();
    });
    events.addEventListener("error", () => { if (!playing) tell("lost"); });
  };
  setInterval(drawClock, 1000);

  // The secret goes to the server once, and comes back as a cookie that no script can read.
  at("knock").addEventListener("submit", async (event) => {
    event.preventDefault();
    put(at("answer"), "");
    const body = new URLSearchParams({ secret: at("secret").value });
    const answer = await fetch(room, { method: "POST", body }).catch(() => null);
    if (!answer?.ok) {
      put(at("answer"), say(!answer ? "lost" : answer.status === 429 ? "tries" : "wrong"));
      return at("secret").select();
    }
    at("secret").value = "";
    follow();
    at("listen").focus();
  });

  // Sound

  const MOST_BEHIND = 2.5; // seconds after which the element plays a little faster
  const AHEAD = 0.35; // seconds that are gathered: a page of the stream and an uneven network
  const LATE = 1.5; // seconds of sound that waits, after which it is left out
  const SPARE = 0.2; // seconds beyond those gathered that may stay: an uneven network's
  const WATCHED = 3; // seconds in which no packet needed them, after which they are left out
  const QUIET = 0.01; // the loudest of sound that nobody misses
  const AGAIN = 2000; // ms between tries
  const audio = at("sound");
  let playing = false;
  let retry = 0;
  let live = null; // what is decoded here
  let canDecode = "AudioDecoder" in window && "AudioContext" in window;

  const tell = (key) => {
    at("state").dataset.of = key;
    put(at("state"), say(key));
  };
  const show = () => {
    at("play").setAttribute("aria-pressed", String(playing));
    put(at("play"), say(playing ? "stop" : "listen"));
  };
  const loudness = () => at("volume").value / 100;

  // Takes whole Ogg pages out of the bytes and tells their packets; gives back what is left.
  const unpack = (bytes, packet) => {
    let from = 0;
    while (bytes.length - from >= 27) {
      const count = bytes[from + 26];
      const table = bytes.subarray(from + 27, from + 27 + count);
      const size = 27 + count + table.reduce((sum, length) => sum + length, 0);
      if (table.length < count || bytes.length - from < size) break;
      let start = from + 27 + count;
      let end = start;
      for (const length of table) {
        end += length;
        if (length === 255) continue;
        packet(bytes.slice(start, end));
        start = end;
      }
      from += size;
    }
    return bytes.slice(from);
  };

  // Plays the stream packet by packet: an element would gather ten seconds first, and stay behind by them.
  const decode = async (url, context, stopped) => {
    const gain = context.createGain();
    gain.connect(context.destination);
    gain.gain.value = loudness();
    live.gain = gain;
    let next = 0;
    let count = 0;
    let least = Infinity; // how far ahead sound was at the least since then
    let since = 0;
    let spare = 0; // seconds to be left out: where it is quiet, or anywhere when that did not do
    let hurry = false;
    const decoder = new AudioDecoder({
      output: (sound) => {
        const buffer = context.createBuffer(1, sound.numberOfFrames, sound.sampleRate);
        sound.copyTo(buffer.getChannelData(0), { planeIndex: 0, format: "f32-planar" });
        sound.close();
        const now = context.currentTime;
        if (next < now) {
          next = now + AHEAD;
          [least, since] = [Infinity, now];
        } else {
          least = Math.min(least, next - now);
        }
        if (now > since + WATCHED) {
          hurry = spare > 0;
          spare = least > AHEAD + SPARE ? least - AHEAD : 0;
          [least, since] = [Infinity, now];
        }
        const quiet = () => buffer.getChannelData(0).every((x) => Math.abs(x) < QUIET);
        if (next > now + LATE || (spare > 0 && (hurry || quiet()))) {
          spare -= buffer.duration;
          return;
        }
        const source = new AudioBufferSourceNode(context, { buffer });
        source.connect(gain);
        source.start(next);
        next += buffer.duration;
        if (at("state").dataset.of !== "playing") tell("playing");
      },
      error: () => { canDecode = false; },
    });
    decoder.configure({ codec: "opus", sampleRate: 48000, numberOfChannels: 1 });
    const answer = await fetch(url, { signal: stopped, cache: "no-store" });
    if (!answer.ok) return void put(at("state"), say("refused") + (await answer.text()));
    const heads = [79, 112, 117, 115]; // "Opus", which begins no packet of sound
    let rest = new Uint8Array(0);
    for await (const piece of pieces(answer.body.getReader())) {
      const whole = new Uint8Array(rest.length + piece.length);
      whole.set(rest);
      whole.set(piece, rest.length);
      rest = unpack(whole, (packet) => {
        if (heads.every((byte, n) => packet[n] === byte)) return;
        if (decoder.state !== "configured") throw new Error("no decoder");
        decoder.decode(new EncodedAudioChunk({ type: "key", timestamp: 20000 * count++, data: packet }));
      });
    }
  };
  async function* pieces(reader) {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      yield value;
    }
  }

  const close = () => {
    clearTimeout(retry);
    live?.stop.abort();
    live?.context.close();
    live = null;
    audio.removeAttribute("src");
    audio.load();
  };
  const open = () => {
    close();
    const name = at("name").value.trim();
    const query = new URLSearchParams({ rung: at("rung").value, ...(name && { name }) });
    const url = `${room}/listen.opus?${query}`;
    if (!canDecode) {
      audio.src = url;
      audio.volume = loudness();
      audio.play().catch(() => {});
      return;
    }
    const mine = { stop: new AbortController(), context: new AudioContext({ sampleRate: 48000 }) };
    live = mine;
    decode(url, mine.context, mine.stop.signal).catch(() => {}).finally(() => { if (live === mine) broken(); });
  };
  const stop = () => {
    playing = false;
    close();
    tell("stopped");
    show();
  };
  const broken = () => {
    if (!playing || !(live || audio.hasAttribute("src"))) return;
    if (at("state").dataset.of === "playing") tell("again");
    clearTimeout(retry);
    retry = setTimeout(open, AGAIN);
  };
  at("play").addEventListener("click", () => {
    if (playing) return stop();
    playing = true;
    tell("starting");
    show();
    open();
  });
  at("rung").addEventListener("change", () => { if (playing) open(); });
  at("volume").addEventListener("input", () => {
    audio.volume = loudness();
    if (live?.gain) live.gain.gain.value = loudness();
  });
  audio.addEventListener("playing", () => { if (playing) tell("playing"); });
  audio.addEventListener("ended", broken);
  audio.addEventListener("error", broken);
  audio.addEventListener("timeupdate", () => {
    const ends = audio.buffered;
    const behind = ends.length ? ends.end(ends.length - 1) - audio.currentTime : 0;
    audio.playbackRate = behind > MOST_BEHIND || (audio.playbackRate > 1 && behind > 1) ? 1.05 : 1;
  });
  show();
  follow();
})();
