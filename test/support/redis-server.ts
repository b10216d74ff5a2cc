import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** The server's program on this machine, Redis or Valkey; undefined without one. */
export const redisBinary = ["redis-server", "valkey-server"].find((name) => {
  try {
    execFileSync(name, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
});

/** A server of a test's own, on a free port of the loopback interface, with a folder of its own. */
export class RedisServer {
  readonly folder = mkdtempSync(join(tmpdir(), "ockham-redis-"));
  readonly port: number;
  readonly #settings: readonly string[];
  #process: ChildProcess | undefined;

  static async start(settings: readonly string[] = []): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), settings);
    await server.resume();
    return server;
  }

  /** A server that speaks TLS only, with a certificate that it signed itself: `server.folder`/cert.pem. */
  static async startWithTls(settings: readonly string[] = []): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), settings);
    const [key, certificate] = [join(server.folder, "key.pem"), join(server.folder, "cert.pem")];
    const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
    const made = ["-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", certificate];
    execFileSync("openssl", ["req", "-x509", ...made, ...names], { stdio: "ignore" });
    const files = ["--tls-cert-file", certificate, "--tls-key-file", key];
    await server.resume([
      "--port",
      "0",
      "--tls-port",
      `${server.port}`,
      ...files,
      "--tls-auth-clients",
      "no",
    ]);
    return server;
  }

  private constructor(port: number, settings: readonly string[]) {
    this.port = port;
    this.#settings = settings;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts the server, again after {@link stop}. */
  async resume(port: readonly string[] = ["--port", `${this.port}`]): Promise<void> {
    const where = ["--bind", "127.0.0.1", "--dir", this.folder, "--save", ""];
    const child = spawn(redisBinary!, [...port, ...where, ...this.#settings], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#process = child;
    let log = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      log += text;
    });
    for (let wait = 0; !log.includes("Ready to accept connections"); wait += 20) {
      if (child.exitCode !== null || wait > 10_000) throw new Error(`the server did not start:\n${log}`);
      await delay(20);
    }
  }

  /** Ends the server and keeps its folder. */
  async stop(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await ended;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A port that nothing listens on at the moment. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
