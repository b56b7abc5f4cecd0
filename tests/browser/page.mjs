// The page of a real run in a real browser.
// usage: node page.mjs DRAFTSTREAM FILL_JOURNAL.py [--figures FILE.json] [--pictures FOLDER]
// Exit status: 0 if all is as it should be, 1 if not, 77 if there is no Chromium.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [program, fillJournal, ...options] = process.argv.slice(2);
const option = (name) => {
  const at = options.indexOf(name);
  return at < 0 ? undefined : options[at + 1];
};
const patience = 300_000; // ms
const manyEvents = 10_000;
const browserPaths = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** A program that runs beside the test, and the lines that it has said. */
class Beside {
  constructor(path, words) {
    this.lines = [];
    this.waiting = [];
    this.process = spawn(path, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.ended = new Promise((resolve) => this.process.on('close', resolve));
    for (const stream of [this.process.stdout, this.process.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        this.lines.push({ line, at: Date.now() });
        this.waiting.forEach((look) => look());
      });
    }
  }

  /** The first line that fits, and when it came. */
  async line(pattern) {
    const end = Date.now() + patience;
    for (;;) {
      for (const { line, at } of this.lines) {
        const match = pattern.exec(line);
        if (match) return { match, at };
      }
      assert(Date.now() < end, `no line like ${pattern}: ${this.lines.map((l) => l.line).join('\n')}`);
      await new Promise((resolve) => {
        this.waiting = [resolve];
        setTimeout(resolve, 1000);
      });
    }
  }

  async stop() {
    this.process.kill('SIGTERM');
    await this.ended;
  }
}

function run(words) {
  const { status, stderr } = spawnSync(program, words.map(String), { encoding: 'utf-8' });
  assert.equal(status, 0, stderr);
}

const liveWords = (folder, address = '127.0.0.1:0') => [
  'live', 'tcp+listen://127.0.0.1:0', '-o', folder, '--dm', '0:600', '--widths-ms', '32',
  '--publish', 'tcp://127.0.0.1:*', '--chunk-samples', '256', '--no-networks',
  '--http', address,
];

/** A live run with a page, and one who subscribes. */
async function begin(folder) {
  const live = new Beside(program, liveWords(folder));
  const { match: [, stream] } = await live.line(/listening on (\S+)/);
  const { match: [, topic] } = await live.line(/publishing on (\S+)/);
  const { match: [, url] } = await live.line(/page at (\S+)/);
  const subscriber = new Beside(program, ['subscribe', topic, '--json']);
  return { live, stream, url, subscriber, topic };
}

/** A tab whose complaints are kept. */
async function openPage(browser, url, faults, colorScheme = 'dark') {
  const context = await browser.newContext({ viewport: { width: 1500, height: 950 }, colorScheme });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText;
    // Those that were under way when the page was closed or the run had ended.
    if (why !== 'net::ERR_ABORTED') faults.push(`${request.url()}: ${why}`);
  });
  await page.addInitScript(() => {
    const Stream = window.EventSource;
    window.EventSource = class extends Stream {
      constructor(...words) {
        super(...words);
        window.stream = this;
      }
    };
  });
  await page.goto(url);
  await page.waitForFunction(() => document.querySelector('.cards .card') !== null);
  return page;
}

/** Notes when each event is first to be seen in the list. */
const noteArrivals = (page) =>
  page.evaluate(() => {
    window.arrivals = {};
    new MutationObserver(() => {
      for (const row of document.querySelectorAll('[data-event]')) {
        window.arrivals[row.dataset.event] ??= Date.now();
      }
    }).observe(document.body, { childList: true, subtree: true });
  });

const eventIds = (page) =>
  page.$$eval('[data-event]', (rows) => rows.map((row) => row.dataset.event));

/** A live event is seen soon after its message, and opens by a click and by keys alone. */
async function testLiveEvents(browser, folder, figures) {
  const sky = join(folder, 'sky.fil');
  run(['simulate', sky, '--nchans', 64, '--tsamp', 1e-3, '--duration', 24, '--seed', 7, '--quiet',
    '--burst', 'dm=300,t=2.5,width_ms=4,snr=25', '--burst', 'dm=150,t=9,width_ms=8,snr=30',
    '--burst', 'dm=420,t=14,width_ms=4,snr=40']);
  const { live, stream, url, subscriber } = await begin(join(folder, 'live'));
  const faults = [];
  const page = await openPage(browser, url, faults);
  await noteArrivals(page);
  assert.equal(await page.textContent('.state'), 'waiting for data');
  const sender = new Beside(program, ['send', '--speed', '1', sky, stream, '--quiet']);

  const first = await subscriber.line(/"message_type":"event"/);
  const { event_id: id } = JSON.parse(first.match.input);
  await page.waitForFunction((wanted) => window.arrivals[wanted] !== undefined, id);
  const seen = await page.evaluate((wanted) => window.arrivals[wanted], id);
  figures.after_message_ms = [seen - first.at];
  assert.equal(await page.textContent('.state'), 'searching');
  await page.waitForFunction(() => {
    const canvas = document.querySelector('.waterfall canvas');
    return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0);
  });

  await page.click(`[data-event="${id}"]`);
  await page.waitForSelector('.picture.there img');
  const picture = await page.$eval('.picture img', (image) => [image.naturalWidth, image.naturalHeight]);
  assert(picture[0] > 400 && picture[1] > 300, `a picture of ${picture}`);
  assert.equal(await page.textContent('#candidate-title'), id);
  if (option('--pictures')) await page.screenshot({ path: join(option('--pictures'), 'event.png') });
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog', { state: 'detached' });

  await sender.ended;
  await page.waitForFunction(() => document.querySelector('.state')?.textContent === 'waiting for data');
  for (const { line, at } of subscriber.lines) {
    const message = line.startsWith('{') ? JSON.parse(line) : {};
    if (message.message_type !== 'event' || message.event_id === id) continue;
    await page.waitForFunction((wanted) => window.arrivals[wanted] !== undefined, message.event_id);
    figures.after_message_ms.push(
      (await page.evaluate((wanted) => window.arrivals[wanted], message.event_id)) - at);
  }
  assert(figures.after_message_ms.length >= 3, 'three bursts are three events at least');
  await testKeys(page);
  assert.deepEqual(faults, []);
  await testReload(page);
  await page.context().close();
  await testThemes(browser, url);
  await subscriber.stop();
  await live.stop();
}

/** What is to be done with the mouse can be done without one. */
async function testKeys(page) {
  const ids = await eventIds(page);
  await page.keyboard.press('e');
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowDown');
  assert.equal(await page.getAttribute('[aria-selected="true"]', 'data-event'), ids[1]);
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog.candidate[open]');
  assert.equal(await page.textContent('#candidate-title'), ids[1]);
  await page.keyboard.press('ArrowUp');
  await page.waitForFunction((id) => document.querySelector('#candidate-title').textContent === id, ids[0]);
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog', { state: 'detached' });
  assert.equal(await page.evaluate(() => document.activeElement.id), 'events');
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'filter');
  await page.keyboard.type('no such event');
  await page.waitForFunction(() => document.querySelectorAll('[data-event]').length === 0);
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Delete');
  await page.waitForFunction((count) => document.querySelectorAll('[data-event]').length === count, ids.length);
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await page.waitForSelector('dialog.help[open]');
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog', { state: 'detached' });
  const names = await page.$$eval('button, input, select', (controls) =>
    controls.filter((one) => !(one.ariaLabel || one.textContent || one.labels?.[0]?.textContent)).length);
  assert.equal(names, 0, 'every control has a name');
}

/** What was told before is there for whoever comes later. */
async function testReload(page) {
  const before = await eventIds(page);
  await page.reload();
  await page.waitForFunction((count) => document.querySelectorAll('[data-event]').length === count, before.length);
  assert.deepEqual(await eventIds(page), before);
}

/** As the system has it, and then as somebody chose; readable in both. */
async function testThemes(browser, url) {
  for (const scheme of ['dark', 'light']) {
    const faults = [];
    const page = await openPage(browser, url, faults, scheme);
    assert.equal(await page.getAttribute('html', 'data-theme'), scheme);
    const contrast = await page.evaluate(() => {
      const light = (name) => {
        const hex = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
        const parts = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
          .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
      };
      const ground = light('--panel');
      return ['--text', '--dim', '--bad', '--burst', '--unjudged', '--injection', '--alert', '--interference']
        .map((name) => [name, (Math.max(light(name), ground) + 0.05) / (Math.min(light(name), ground) + 0.05)]);
    });
    for (const [name, ratio] of contrast) assert(ratio >= 4.5, `${scheme} ${name}: ${ratio.toFixed(2)}`);
    await page.keyboard.press('t');
    await page.waitForFunction((was) => document.documentElement.dataset.theme !== was, scheme);
    assert.deepEqual(faults, []);
    await page.context().close();
  }
}

/** Thousands of events: few rows in the document, and what there is to do with them. */
async function testManyEvents(browser, folder, figures) {
  const out = join(folder, 'many');
  run(['simulate', join(folder, 'short.fil'), '--nchans', 64, '--tsamp', 1e-3, '--duration', 12,
    '--seed', 7, '--burst', 'dm=300,t=2.5,width_ms=4,snr=25', '--quiet']);
  run(['replay', join(folder, 'short.fil'), '-o', out, '--dm', '0:600', '--no-networks', '--quiet']);
  const filled = spawnSync('/usr/bin/python3', [fillJournal, join(out, 'journal.sqlite'), manyEvents], { encoding: 'utf-8' });
  assert.equal(filled.status, 0, filled.stderr);
  const { live, stream, url, subscriber } = await begin(out);
  const faults = [];
  const page = await openPage(browser, url, faults);
  await page.waitForFunction(() => document.querySelector('.count')?.textContent.startsWith('10\u202f000'));
  const rows = await page.$$eval('[data-event]', (all) => all.length);
  assert(rows < 100, `${rows} rows in the document`);
  if (option('--pictures')) {
    const sky = join(folder, 'long.fil');
    run(['simulate', sky, '--nchans', 256, '--tsamp', 1e-3, '--duration', 30, '--seed', 9, '--quiet',
      '--burst', 'dm=520,t=12,width_ms=6,snr=60', '--burst', 'dm=300,t=4,width_ms=4,snr=25']);
    const sender = new Beside(program, ['send', '--speed', '1', sky, stream, '--quiet']);
    await page.waitForTimeout(15_500);
    await page.screenshot({ path: join(option('--pictures'), 'page.png') });
    await sender.stop();
  }
  if (option('--figures')) figures.many = await measureManyEvents(page);
  await page.keyboard.press('e');
  await page.keyboard.press('End');
  await page.waitForFunction(() => {
    const row = document.querySelector('[aria-selected="true"]');
    return row !== null && row.ariaPosInSet === row.ariaSetSize;
  });
  await testZoom(page);
  assert.deepEqual(faults, []);
  await subscriber.stop();
  await live.stop();
  await testAnotherRun(page, url, join(folder, 'next'));
  await page.context().close();
}

const nextFrame = (page) =>
  page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));

/** Where the mouse is in the plot, by parts of its box. */
async function mouseInPlot(page, x, y) {
  const box = await page.locator('.u-over').boundingBox();
  await page.mouse.move(box.x + x * box.width, box.y + y * box.height);
}

async function dragInPlot(page, from, to) {
  await mouseInPlot(page, ...from);
  await page.mouse.down();
  await mouseInPlot(page, ...to);
  await page.mouse.up();
}

/** The page is told of an event that resembles the newest one, but is `later_s` later. */
function tellOfEvent(later_s) {
  return fetch('/api/events?limit=1').then((answer) => answer.json()).then(({ events: [newest] }) => {
    window.told = (window.told ?? 0) + 1;
    const toa = Date.parse(newest.toa_utc) + 1e3 * later_s;
    const row = { ...newest, seq: newest.seq + window.told, event_id: `told-${window.told}`,
      toa_utc: new Date(toa).toISOString(), has_cutout: false };
    window.stream.dispatchEvent(new MessageEvent('event', { data: JSON.stringify(row) }));
    return row.event_id;
  });
}

/** Who looks closer stays there while events come, until a double click. */
async function testZoom(page) {
  const tipAt = async (place) => {
    await mouseInPlot(page, ...place);
    await nextFrame(page);
    return page.textContent('.plot-tip');
  };
  await dragInPlot(page, [0.4, 0.2], [0.5, 0.6]);
  let hit = '';
  let place = [0, 0];
  for (let i = 0; i < 400 && hit === ''; ++i) {
    place = [0.025 + 0.05 * (i % 20), 0.025 + 0.05 * Math.floor(i / 20)];
    hit = await tipAt(place);
  }
  assert.notEqual(hit, '', 'an event is where the plot was looked at closer');
  const count = await page.textContent('.count');
  await page.evaluate(tellOfEvent, 4 * 3600);
  await page.waitForFunction((known) => document.querySelector('.count').textContent !== known, count);
  await tipAt([0, 0]);
  assert.equal(await tipAt(place), hit);
  await page.locator('.u-over').dblclick({ position: { x: 5, y: 5 } });
  await tipAt([0, 0]);
  assert.notEqual(await tipAt(place), hit);
}

/** Another run at the same address numbers its events anew; those of the one before it are gone. */
async function testAnotherRun(page, url, folder) {
  const live = new Beside(program, liveWords(folder, new URL(url).host));
  await live.line(/page at/);
  await page.waitForFunction(() => document.querySelector('.count').textContent.startsWith('0 '));
  await live.stop();
}

/** CPU time [ms] of the thread that the page's scripts, styles and layout are done by, and wall-clock
 *  times [ms] until the browser is ready for the next frame. Other threads and processes of the browser,
 *  which paint, are in the latter only; it grows with whatever else the machine does. */
async function spent(page, job) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  const busy_s = async () => (await cdp.send('Performance.getMetrics')).metrics
    .find(({ name }) => name === 'TaskDuration').value;
  const before = await busy_s();
  const wall_ms = await job();
  const cpu_ms = (1e3 * (await busy_s() - before)) / wall_ms.length;
  await cdp.detach();
  return { cpu_ms, wall_ms };
}

/** What one step of each thing that is done with many events takes. */
async function measureManyEvents(page) {
  const each = async (count, step) => {
    const wall_ms = [];
    for (let i = 0; i < count; ++i) {
      const began = performance.now();
      await step(i);
      await nextFrame(page);
      wall_ms.push(performance.now() - began);
    }
    return wall_ms;
  };
  const buttons = page.locator('.spans button');
  return {
    scroll: await spent(page, () => page.evaluate(scroll, 100)),
    scroll_through: await spent(page, () => page.evaluate(scroll, 0)),
    whole_plot_again: await spent(page, () => each(20, (i) => buttons.nth(3 + (i % 2)).click())),
    hover: await spent(page, () => each(50, (i) => mouseInPlot(page, 0.02 * i, 0.5))),
    select: await spent(page, async () => {
      await page.focus('#events');
      return each(30, () => page.keyboard.press('ArrowDown'));
    }),
    look_closer: await spent(page, () => each(10, async (i) => {
      await dragInPlot(page, [0.1 + 0.05 * i, 0.1], [0.3 + 0.05 * i, 0.9]);
      await buttons.nth(3 + (i % 2)).click();
    })),
    new_event: await spent(page, () => each(20, () => page.evaluate(tellOfEvent, 60))),
  };
}

/** Scrolls the list for 300 frames, so many pixels a frame, or (0) to its end and back.
 *  @returns Times between frames [ms]. */
function scroll(pixels) {
  return new Promise((resolve) => {
    const list = document.getElementById('events');
    const height = list.scrollHeight - list.clientHeight;
    const times = [];
    let last = performance.now();
    let frame = 0;
    const frames = 300;
    const step = (now) => {
      times.push(now - last);
      last = now;
      list.scrollTop = pixels > 0 ? pixels * frame : height * (1 - Math.abs(1 - (2 * frame) / frames));
      if (++frame <= frames) requestAnimationFrame(step);
      else resolve(times.slice(1));
    };
    requestAnimationFrame(step);
  });
}

const executablePath = browserPaths.find((path) => existsSync(path));
if (!executablePath) {
  console.log('skipped: found no Chromium (package chromium)');
  process.exit(77);
}
const folder = mkdtempSync(join(tmpdir(), 'draftstream-page-'));
const sandbox = process.getuid() === 0 ? ['--no-sandbox'] : []; // it refuses to be root's
const browser = await chromium.launch({ executablePath, args: sandbox });
try {
  const figures = { browser: browser.version() };
  await testLiveEvents(browser, folder, figures);
  await testManyEvents(browser, folder, figures);
  if (option('--figures')) writeFileSync(option('--figures'), JSON.stringify(figures));
  console.log(`after the message: ${figures.after_message_ms} ms`);
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}
