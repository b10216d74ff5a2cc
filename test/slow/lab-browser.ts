import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { root } from "./command.ts";

/** A Chromium of the system, where there is one. */
export const chromiumPath = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);

/** The served lab with a browser, and what went wrong in its pages. */
export interface LabBrowser {
  readonly url: string;
  readonly context: BrowserContext;
  /** Console errors, uncaught errors, failed requests and requests to other hosts, since last taken. */
  takeFaults(): string[];
  open(path: string): Promise<Page>;
  close(): Promise<void>;
}

/** Serves the built lab by the command line, on a free port, and starts a browser with a profile of its own. */
export async function labBrowser(): Promise<LabBrowser> {
  const { child, url } = await served();
  const profile = mkdtempSync(join(tmpdir(), "ockham-lab-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: chromiumPath!,
    headless: true,
    acceptDownloads: true,
    viewport: { width: 1280, height: 900 },
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  // Well above what a loaded machine needs, well below the time of a test.
  context.setDefaultTimeout(60_000);
  let faults: string[] = [];
  const watch = (page: Page): void => {
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning")
        faults.push(`${page.url()}: ${message.text()}`);
    });
    page.on("pageerror", (error) => faults.push(`${page.url()}: ${error.message}`));
  };
  context.on("page", watch);
  for (const page of context.pages()) watch(page);
  context.on("requestfailed", (request) => {
    // What a page has begun to load when it is left is given up.
    if (request.failure()?.errorText !== "net::ERR_ABORTED") faults.push(`failed: ${request.url()}`);
  });
  context.on("request", (request) => {
    const { protocol, href } = new URL(request.url());
    if (!href.startsWith(url) && !["blob:", "data:"].includes(protocol)) faults.push(`other host: ${href}`);
  });
  return {
    url,
    context,
    takeFaults: () => {
      const taken = faults;
      faults = [];
      return taken;
    },
    async open(path) {
      const page = await context.newPage();
      await page.goto(new URL(path, url).href);
      await page.waitForSelector("h1");
      return page;
    },
    async close() {
      await context.close();
      child.kill("SIGTERM");
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

async function served(): Promise<{ child: ChildProcess; url: string }> {
  const args = ["--conditions=ockham-source", join(root, "src/cli/main.ts"), "lab", "--port", "0"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on("data", (data: Buffer) => {
      const match = /http:\/\/\S+/.exec(data.toString());
      if (match) resolve(match[0]);
    });
    child.on("exit", (code) => reject(new Error(`ockham lab ended with status ${code}`)));
  });
  return { child, url };
}
