import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { createServer } from "vite";
import { expect, test } from "vitest";
import { agreement } from "../programs/backend-agreement.ts";

const browser = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);

test.runIf(browser !== undefined)(
  "Chromium computes what Node does",
  async () => {
    const root = fileURLToPath(new URL("../..", import.meta.url));
    const profile = mkdtempSync(join(tmpdir(), "ockham-chromium-"));
    const server = await createServer({
      root,
      configFile: false,
      logLevel: "error",
      appType: "custom",
      resolve: { conditions: ["ockham-source", "browser", "module", "import", "default"] },
      optimizeDeps: { exclude: ["onnxruntime-web"], noDiscovery: true, include: ["onnxruntime-common"] },
      cacheDir: join(profile, "vite"),
      server: {
        port: 0,
        fs: { strict: false },
        headers: {
          "Cross-Origin-Opener-Policy": "same-origin",
          "Cross-Origin-Embedder-Policy": "require-corp",
        },
      },
      plugins: [
        {
          name: "empty-page",
          configureServer: ({ middlewares }) => {
            middlewares.use("/page.html", (_, response) => {
              response.setHeader("Content-Type", "text/html");
              response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
              response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
              response.end("<!doctype html><title>test</title><link rel=icon href=data:,>");
            });
          },
        },
      ],
    });
    try {
      await server.listen();
      const context = await chromium.launchPersistentContext(join(profile, "browser"), {
        executablePath: browser!,
        headless: true,
        args: [
          "--no-sandbox",
          "--disable-gpu",
          "--disable-quic",
          "--no-first-run",
          "--disable-background-networking",
        ],
      });
      try {
        const page = await context.newPage();
        await page.goto(`${server.resolvedUrls!.local[0]}page.html`);
        const inBrowser = (await page.evaluate(
          `import("/test/programs/backend-agreement.ts").then(({ agreement }) => agreement("cpu"))`,
        )) as Record<string, number[]>;
        const inNode = await agreement("cpu");
        expect(Object.keys(inBrowser)).toEqual(Object.keys(inNode));
        for (const [name, values] of Object.entries(inNode))
          for (const [i, value] of values.entries())
            expect(Math.abs(inBrowser[name]![i]! - value), name).toBeLessThan(
              2e-5 * Math.max(1, Math.abs(value)),
            );
      } finally {
        await context.close();
      }
    } finally {
      await server.close();
      rmSync(profile, { recursive: true, force: true });
    }
  },
  120_000,
);
