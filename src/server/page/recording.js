// The pages of recordings: dates in the reader's own time, and chapters that seek.
'use strict';

const sound = document.getElementById('sound');

for (const time of document.querySelectorAll('time')) {
  const at = new Date(Number(time.getAttribute('datetime')));
  time.dateTime = at.toISOString();
  time.textContent = at.toLocaleString(document.documentElement.lang, { dateStyle: 'full', timeStyle: 'short' });
}

/** Seconds in an address such as `#t=62.5`; NaN in any other. */
const secondsIn = (hash) => (hash.startsWith('#t=') ? Number.parseFloat(hash.slice(3)) : Number.NaN);

if (sound) {
  const links = [...document.querySelectorAll('#chapters a')];
  const starts = links.map((link) => secondsIn(link.hash));
  const now = document.getElementById('now');
  let shown = -1;

  /** The chapter that is on. */
  const current = () => starts.findLastIndex((start) => start <= sound.currentTime + 0.05);

  const show = () => {
    const at = current();
    if (at === shown) return;
    links[shown]?.removeAttribute('aria-current');
    links[at]?.setAttribute('aria-current', 'true');
    now.textContent = links[at]?.textContent ?? '–';
    shown = at;
  };

  const go = (seconds) => {
    if (!Number.isFinite(seconds)) return;
    sound.currentTime = Math.max(0, seconds);
    show();
  };

  const play = () => sound.play().catch(() => {}); // the browser wants a click first

  links.forEach((link, n) => link.addEventListener('click', (event) => {
    event.preventDefault();
    history.replaceState(null, '', link.hash);
    go(starts[n]);
    play();
  }));

  const followAddress = () => go(secondsIn(location.hash));
  window.addEventListener('hashchange', followAddress);
  if (sound.readyState > 0) followAddress();
  else sound.addEventListener('loadedmetadata', followAddress, { once: true });
  sound.addEventListener('timeupdate', show);
  sound.addEventListener('seeked', show);
  show();

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const own = event.target === sound;
    const jumps = {
      '[': () => go(starts[Math.max(0, current() - 1)]),
      ']': () => go(starts[current() + 1]),
      ArrowLeft: () => go(sound.currentTime - 5),
      ArrowRight: () => go(sound.currentTime + 5),
      ' ': () => (sound.paused ? play() : sound.pause()),
    };
    const jump = jumps[event.key];
    // The player has keys of its own, and a link is pressed with Space nowhere.
    if (!jump || (own && !'[]'.includes(event.key))) return;
    event.preventDefault();
    jump();
  });
}
