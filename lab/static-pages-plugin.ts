import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Plugin, ResolvedConfig } from "vite";
import { factsOf, paperIds } from "../papers/index.ts";
import { contentSecurityPolicy } from "./content-security-policy.ts";

/** Larger files are not fetched ahead: they are kept when a demo has asked for them. */
const mostAhead = 2_000_000;

/**
 * Writes a document for every paper, so that its address works on any static host, and the service worker that keeps the
 * lab for use offline.
 */
export function staticPagesPlugin(): Plugin {
  let config: ResolvedConfig;
  return {
    name: "ockham-static-pages",
    apply: "build",
    configResolved: (resolved) => {
      config = resolved;
    },
    transformIndexHtml: (_, { bundle = {} }) => [
      {
        tag: "meta",
        attrs: { "http-equiv": "Content-Security-Policy", content: contentSecurityPolicy },
        injectTo: "head-prepend",
      },
      // Text fonts are asked for with the page, so that they are there when it is first drawn.
      ...Object.keys(bundle)
        .filter((name) => /(?:inter|source-serif)[^/]*\.woff2$/.test(name))
        .map((name) => ({
          tag: "link",
          attrs: { rel: "preload", href: `./${name}`, as: "font", type: "font/woff2", crossorigin: true },
          injectTo: "head" as const,
        })),
    ],
    closeBundle() {
      const out = config.build.outDir;
      const index = readFileSync(join(out, "index.html"), "utf8");
      for (const id of paperIds) {
        const { title, summary } = factsOf(id);
        const page = index
          .replaceAll(/(href|src)="\.\//g, '$1="../../')
          .replace("<html ", '<html data-base="../../" ')
          .replace(/<title>.*?<\/title>/, `<title>${escaped(title)} · Ockham lab</title>`)
          .replace(/(<meta name="description" content=")[^"]*/, `$1${escaped(summary)}`);
        const path = join(out, "papers", id, "index.html");
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, page);
      }
      writeServiceWorker(out, join(config.root, "service-worker.js"));
    },
  };
}

function writeServiceWorker(out: string, source: string): void {
  const files = readdirSync(out, { recursive: true, encoding: "utf8" })
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => statSync(join(out, name)).isFile())
    .sort();
  const hash = createHash("sha256");
  for (const name of files) hash.update(name).update(readFileSync(join(out, name)));
  const ahead = files.filter((name) => statSync(join(out, name)).size <= mostAhead);
  // Folders are asked for by the name of the folder.
  const urls = ahead.map((name) => name.replace(/(^|\/)index\.html$/, "$1"));
  const text = readFileSync(source, "utf8")
    .replace('"version"', JSON.stringify(hash.digest("hex").slice(0, 16)))
    .replace("/* files */", urls.map((url) => JSON.stringify(`./${url}`)).join(", "));
  writeFileSync(join(out, "service-worker.js"), text);
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}
