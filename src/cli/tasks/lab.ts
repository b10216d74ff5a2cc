import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import { serve } from "@hono/node-server";
import { serveStatic } from "@hono/node-server/serve-static";
import { Hono } from "hono";
import { InvalidInputError } from "ockham";
import { type CliContext, printLine } from "../context.ts";
import { checkoutRoot, packageRoot } from "../package-root.ts";

export interface LabOptions {
  readonly port: number;
  readonly host: string;
  readonly open?: true;
}

/** Serves the built lab until the context's signal ends it. */
export async function serveLab(options: LabOptions, context: CliContext): Promise<void> {
  const { host, port } = options;
  if (port < 0 || port > 65_535)
    throw new InvalidInputError("--port", `expected a port from 0 to 65535, got ${port}`);
  const folder = join(packageRoot(), "dist/lab");
  if (!existsSync(join(folder, "index.html")))
    throw new InvalidInputError(
      "lab",
      checkoutRoot() === undefined
        ? "the package came without the built lab"
        : "the lab is not built yet; run npm run lab, which builds and serves it",
    );
  const server = serve({ fetch: labApp(folder).fetch, hostname: host, port });
  const ended = once(server, "close");
  try {
    await once(server, "listening");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE")
      throw new InvalidInputError("--port", `${port} is taken; choose another, or 0 for a free one`);
    if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
      throw new InvalidInputError("--host", `"${host}" is no address of this machine`);
    throw error;
  }
  const address = server.address();
  const actual = typeof address === "object" && address !== null ? address.port : port;
  const shown = isIP(host) === 6 ? `[${host}]` : host;
  const url = `http://${shown}:${actual}/`;
  if (!isLoopback(host))
    printLine(context.stderr, `Warning: ${host} is open to everyone who can reach this machine.`);
  printLine(context.stdout, `The lab is at ${url} - Ctrl-C ends it.`);
  if (options.open) openInBrowser(url, context);
  context.signal.addEventListener("abort", () => {
    server.close();
    // Browsers keep connections for later.
    if ("closeAllConnections" in server) server.closeAllConnections();
  });
  await ended;
}

/** The built lab with the headers that it needs; the page states the same policy, for hosts that send no headers. */
function labApp(folder: string): Hono {
  const page = readFileSync(join(folder, "index.html"), "utf8");
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/
    .exec(page)?.[1]
    ?.replaceAll("&#39;", "'");
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    c.header("Cross-Origin-Opener-Policy", "same-origin");
    c.header("Cross-Origin-Embedder-Policy", "require-corp");
    c.header("Cross-Origin-Resource-Policy", "same-origin");
    c.header("Content-Security-Policy", `${policy ?? "default-src 'self'"}; frame-ancestors 'none'`);
    c.header("X-Content-Type-Options", "nosniff");
    c.header("Referrer-Policy", "no-referrer");
    // Names of assets hold a hash of what is in them.
    const lasting = c.req.path.startsWith("/assets/") && c.res.ok;
    c.header("Cache-Control", lasting ? "public, max-age=31536000, immutable" : "no-cache");
  });
  app.use(serveStatic({ root: folder }));
  app.notFound((c) => c.html(page.replaceAll('"./', '"/').replace("<html ", '<html data-base="/" '), 404));
  return app;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\./.test(host);
}

/** By the system's own opener. Where there is none, the address that was printed serves. */
function openInBrowser(url: string, context: CliContext): void {
  const [command, ...args] =
    process.platform === "darwin"
      ? ["open"]
      : process.platform === "win32"
        ? ["cmd", "/c", "start", ""]
        : ["xdg-open"];
  spawn(command!, [...args, url], { stdio: "ignore", detached: true })
    .on("error", () => printLine(context.stderr, `No browser could be opened: go to ${url}`))
    .unref();
}
