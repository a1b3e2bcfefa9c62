// Bundles the widget: sportello.js is what a page names, chat.js what it loads when it is wanted.
// Fails when either grows beyond what a visitor on a slow phone should pay for.
// office/charts.js is for the firm's own back office, and has a limit of its own.

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

import { build, transform } from 'esbuild';

const LAUNCHER_BYTES = 3_000;
const TOTAL_GZIPPED_BYTES = 130_000;
const CHARTS_GZIPPED_BYTES = 194_000;

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.env.SPORTELLO_WIDGET_OUT ?? join(here, '../var/widget'));

/** Style sheets as minified text, for adoptedStyleSheets. */
const styles = {
  name: 'styles',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\.css\?inline$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path.replace('?inline', '')),
      namespace: 'styles',
    }));
    onLoad({ filter: /.*/, namespace: 'styles' }, async ({ path }) => {
      const { code } = await transform(await readFile(path, 'utf8'), { loader: 'css', minify: true });
      return { contents: code.trim(), loader: 'text' };
    });
  },
};

// deep-chat carries the connectors of some twenty AI vendors, a fifth of its size, reached from one
// function only. Two changes let esbuild drop them: the function loses their branches, and a class
// whose constants are set after it (`A.X=1;let B=A`) is written so that esbuild sees when nobody
// needs it. deep-chat's version is pinned; should it look different one day, the build stops here.
const VENDORS =
  /const\{directConnection:e,connect:s,demo:i,webModel:n\}=t;if\(n\)return new \w+\(t\);if\(e\)\{.*?if\(e\.dify\)return new \w+\(t\)\}return s&&/g;
const CONSTANT = /([\w$]+)\.(\w+)=("[^"]*"|`[^`]*`|[\w$.]+|\{\}|!0|!1)/g;
const CONSTANTS = new RegExp(`((?:${CONSTANT.source},?)+);let ([\\w$]+)=([\\w$]+);`, 'g');

function withoutVendors(source) {
  if (source.match(VENDORS)?.length !== 1) {
    throw new Error('deep-chat has changed: look at VENDORS in build.mjs');
  }
  return source
    .replace(VENDORS, 'const{connect:s,demo:i}=t;return s&&')
    .replace(CONSTANTS, (all, settings, ...groups) => {
      const [alias, name] = groups.slice(3, 5);
      const constants = [...settings.matchAll(CONSTANT)];
      if (constants.some(([, owner]) => owner !== name)) return all;
      const object = constants.map(([, , key, value]) => `${key}:${value}`).join(',');
      return `let ${alias}=/*@__PURE__*/Object.assign(${name},{${object}});`;
    });
}

const slimDeepChat = {
  name: 'slim-deep-chat',
  setup({ onLoad }) {
    onLoad({ filter: /deepChat\.bundle\.js$/ }, async ({ path }) => ({
      contents: withoutVendors(await readFile(path, 'utf8')),
    }));
  },
};

const common = {
  bundle: true,
  minify: true,
  charset: 'utf8',
  target: 'es2022',
  outdir: out,
  plugins: [styles, slimDeepChat],
};
await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await build({ ...common, entryPoints: { sportello: join(here, 'src/launcher.ts') }, format: 'iife' });
const licensed = {
  legalComments: 'none',
  banner: { js: '/*! Licences of what is in here: licences.txt */' },
};
await build({
  ...common,
  ...licensed,
  entryPoints: { chat: join(here, 'src/chat.ts') },
  format: 'esm',
});
await build({
  ...common,
  ...licensed,
  entryPoints: { 'office/charts': join(here, 'src/office/charts.ts') },
  format: 'iife',
});
const CHARTS = {
  echarts: ['LICENSE', 'NOTICE', 'licenses/LICENSE-d3'],
  zrender: ['LICENSE'],
  'echarts/node_modules/tslib': ['LICENSE.txt'],
};
const { dependencies } = JSON.parse(await readFile(join(here, 'package.json'), 'utf8'));
const ofChat = Object.keys(dependencies).filter((name) => !(name in CHARTS));
const CHAT = Object.fromEntries(ofChat.map((name) => [name, ['LICENSE']]));
await writeFile(join(out, 'licences.txt'), await licences(CHAT));
await writeFile(join(out, 'office/licences.txt'), await licences(CHARTS));

const launcher = await measure('sportello.js');
if (launcher.bytes > LAUNCHER_BYTES) {
  throw new Error(`the launcher is larger than ${LAUNCHER_BYTES} bytes`);
}
const total = launcher.gzipped + (await measure('chat.js')).gzipped;
console.log(`together: ${total} gzipped`);
if (total > TOTAL_GZIPPED_BYTES) throw new Error(`more than ${TOTAL_GZIPPED_BYTES} bytes gzipped`);
if ((await measure('office/charts.js')).gzipped > CHARTS_GZIPPED_BYTES) {
  throw new Error(`the charts are larger than ${CHARTS_GZIPPED_BYTES} bytes gzipped`);
}

async function measure(name) {
  const content = await readFile(join(out, name));
  const gzipped = gzipSync(content, { level: 9 }).length;
  console.log(`${name}: ${content.length} bytes, ${gzipped} gzipped`);
  return { bytes: content.length, gzipped };
}

/** Every one of these licences wants its text to go along. */
async function licences(packages) {
  const texts = Object.entries(packages).map(async ([name, files]) => {
    const folder = join(here, 'node_modules', name);
    const { name: called, version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    const parts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
    return `${called} ${version}\n\n${parts.map((part) => part.trim()).join('\n\n')}\n`;
  });
  return (await Promise.all(texts)).join(`\n${'-'.repeat(72)}\n\n`);
}
