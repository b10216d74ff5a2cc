import { join } from "node:path";
import type { InlineConfig, Plugin } from "vite";
import { papersPlugin } from "./content/plugin.ts";
import { root } from "./content/read-paper.ts";
import { staticPagesPlugin } from "./static-pages-plugin.ts";

/** The runtime starts its threads from its own script: bundled with others, it would start the whole app in each. */
const runtimeApart = { codeSplitting: { groups: [{ name: "ort", test: /onnxruntime-web/ }] } };

/** Formula fonts in the one format that every browser of today reads. */
const modernFontsPlugin: Plugin = {
  name: "ockham-modern-fonts",
  enforce: "pre",
  transform: (code, id) =>
    id.includes("katex.min.css")
      ? code.replace(/,url\([^)]*\.(?:woff|ttf)\) format\("\w+"\)/g, "")
      : undefined,
};

/** The lab as Vite builds and serves it. */
export function labConfig(): InlineConfig {
  return {
    root: join(root, "lab"),
    configFile: false,
    base: "./",
    cacheDir: join(root, "node_modules/.vite-lab"),
    resolve: {
      conditions: ["ockham-source", "browser", "module", "import", "default"],
      // Demos compute on the processor: the runtime for graphics processors, twice as large, stays out.
      alias: { "onnxruntime-web/webgpu": "onnxruntime-web/wasm" },
    },
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    plugins: [papersPlugin(), modernFontsPlugin, staticPagesPlugin()],
    worker: {
      format: "es",
      plugins: () => [papersPlugin()],
      rolldownOptions: { output: runtimeApart },
    },
    build: {
      outDir: join(root, "dist/lab"),
      emptyOutDir: true,
      target: "es2024",
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 1000,
      rolldownOptions: { output: runtimeApart },
    },
    server: {
      host: "127.0.0.1",
      fs: { allow: [root] },
      headers: {
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
      },
    },
    optimizeDeps: { exclude: ["onnxruntime-web"] },
  };
}
