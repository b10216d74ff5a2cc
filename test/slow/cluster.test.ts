import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import { InvalidInputError, NumericalError, type Progress } from "ockham";
import { type Graph, graphFromEdges, randomWalks } from "ockham/graph";
import { inlinePool, type RedisPool, redisPool, TaskError } from "ockham/parallel";
import { randomStream } from "ockham/random";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { busy, fails, fillShared, mix, square, sums, where } from "../fixtures/tasks.ts";
import { WorkerProcess } from "../support/cluster-worker.ts";
import { RedisServer, redisBinary } from "../support/redis-server.ts";
import { ockham, root, run } from "./command.ts";

// The pool on a real server with real worker processes, which are killed, starved, misused and restarted.

const reason = "no redis-server and no valkey-server on the PATH";
if (redisBinary === undefined) console.warn(`The cluster is not tested: ${reason}.`);

describe.skipIf(redisBinary === undefined)(`a pool on Redis (skipped where there is ${reason})`, () => {
  let server: RedisServer;
  let redis: Redis;
  const open: { pools: RedisPool[]; workers: WorkerProcess[] } = { pools: [], workers: [] };

  beforeAll(async () => {
    server = await RedisServer.start(["--appendonly", "yes", "--appendfsync", "always"]);
    redis = new Redis(server.url);
    redis.on("error", () => {});
  });
  afterEach(async () => {
    await Promise.all(open.pools.splice(0).map((pool) => pool.close()));
    await Promise.all(open.workers.splice(0).map((worker) => worker.end("SIGKILL")));
    await redis.flushall();
  });
  afterAll(async () => {
    redis?.disconnect();
    await server?.remove();
  });

  const newPool = async (options = {}): Promise<RedisPool> => {
    const pool = await redisPool({ url: server.url, threads: 1, ...options });
    open.pools.push(pool);
    return pool;
  };
  const started = async (...workers: readonly Promise<WorkerProcess>[]): Promise<WorkerProcess[]> => {
    const ready = await Promise.all(workers);
    open.workers.push(...ready);
    return ready;
  };
  const rejection = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => undefined,
      (error: unknown) => error,
    );

  /** Keys of tasks, their data and their results: everything but what the queue itself keeps. */
  const taskKeys = async (): Promise<string[]> =>
    (await redis.keys("ockham:*")).filter((key) => /:t[0-9a-f]{40}|:blob:|:(wait|active)$/.test(key));

  test("keeps every promise of a pool", { timeout: 60_000 }, async () => {
    await started(WorkerProcess.fixture(server.url, 2));
    const pool = await newPool();
    expect(await pool.workers()).toBe(1);
    const inputs = Array.from({ length: 20 }, (_, x) => ({ x }));
    expect(await pool.map(square, inputs)).toEqual(inputs.map(({ x }) => x * x));
    expect(await pool.run(where, undefined)).toBe(true);

    const large = Float64Array.from({ length: 50_000 }, (_, i) => i);
    const [first, second] = await pool.map(sums, [large, large]);
    expect(first).toEqual(await inlinePool().run(sums, large));
    expect(second).toEqual(first);
    expect(second).not.toBe(first);

    const seen: Progress[] = [];
    await pool.run(mix, { seed: 1, milliseconds: 1500 }, { onProgress: (progress) => seen.push(progress) });
    expect(seen.length).toBeGreaterThan(3);
    for (const [i, { done }] of seen.entries()) expect(done).toBeGreaterThanOrEqual(seen[i - 1]?.done ?? 0);
    expect(seen.at(-1)).toEqual({ done: 1500, total: 1500 });

    const data = new Float64Array(3);
    const plain = (await rejection(pool.run(fails, { with: "plain", data }))) as TaskError;
    expect(plain).toBeInstanceOf(TaskError);
    expect(plain.message).toBe(
      'task fixture/fails failed: boom (input: { with: "plain", data: Float64Array(3) })',
    );
    expect((plain.cause as Error).stack).toContain("fixtures/tasks.ts");
    const bad = (await rejection(pool.run(fails, { with: "bad-input", data }))) as InvalidInputError;
    expect(bad).toBeInstanceOf(InvalidInputError);
    expect(bad.argument).toBe("options.dim");
    const broke = (await rejection(pool.run(fails, { with: "breakdown", data }))) as NumericalError;
    expect(broke).toBeInstanceOf(NumericalError);
    expect(broke.diagnostics).toEqual({ pivot: 3 });

    // Nothing remains but the queue's own keys, and they lapse.
    await pool.close();
    expect(await taskKeys()).toEqual([]);
    // -1 is the answer for a key that stays.
    for (const key of await redis.keys("*")) expect(await redis.ttl(key), key).not.toBe(-1);
    await expect(pool.run(square, { x: 1 })).rejects.toThrow("closed");
  });

  test("a task that kills its thread fails after three tries, names its input, and the pool goes on", async () => {
    const [worker] = await started(WorkerProcess.fixture(server.url));
    const pool = await newPool();
    const error = await rejection(pool.run(fails, { with: "exit", data: new Float64Array(3) }));
    expect(error).toBeInstanceOf(TaskError);
    expect((error as Error).message).toMatch(
      /^task fixture\/fails failed: .* \(input: { with: "exit", data: Float64Array\(3\) }\)$/,
    );
    expect(worker!.log.match(/attempt \d/g)).toEqual(["attempt 1", "attempt 2", "attempt 3"]);
    expect(await pool.run(square, { x: 5 })).toBe(25);
  });

  test("a worker killed in a task loses nothing, unless the task has killed too many", async () => {
    const input = { seed: 7, milliseconds: 2000 };
    const pool = await newPool();
    const [doomed] = await started(WorkerProcess.fixture(server.url, 2));
    const deadly = rejection(pool.run(busy, { milliseconds: 60_000 }));
    await doomed!.logged("fixture/busy begins");
    const [id] = await redis.lrange("ockham:tasks:active", 0, 0);
    const outcome = pool.run(mix, input);
    await doomed!.logged("fixture/mix begins");
    // As if three workers had died of it already.
    await redis.hset(`ockham:tasks:${id}`, "stc", 3);
    await doomed!.end("SIGKILL");
    const killed = performance.now();
    const [heir] = await started(WorkerProcess.fixture(server.url));
    expect(await outcome).toEqual(await inlinePool().run(mix, { ...input, milliseconds: 0 }));
    // Five seconds for the lock, two for the check, two for the task, and what a loaded machine takes.
    expect(performance.now() - killed).toBeLessThan(20_000);
    expect(doomed!.log).not.toContain("ended in");
    expect(heir!.log).toContain("its worker is gone");
    const error = (await deadly) as TaskError;
    expect(error).toBeInstanceOf(TaskError);
    expect(error.message).toMatch(/its workers died, .* \(input: { milliseconds: 60000 }\)$/);
    expect(await pool.run(square, { x: 5 })).toBe(25);
  });

  test("a worker told to end puts its task back at once and ends with status 0", async () => {
    const pool = await newPool();
    const [first] = await started(WorkerProcess.fixture(server.url));
    const outcome = pool.run(mix, { seed: 7, milliseconds: 2000 });
    await first!.logged("fixture/mix begins");
    expect(await first!.end("SIGTERM")).toBe(0);
    const [second] = await started(WorkerProcess.fixture(server.url));
    expect(await outcome).toEqual(await inlinePool().run(mix, { seed: 7, milliseconds: 0 }));
    expect(first!.log).toContain("back to the queue");
    expect(second!.log).not.toContain("its worker is gone");
  });

  test("a server that is restarted in the middle is waited for", async () => {
    const [worker] = await started(WorkerProcess.fixture(server.url, 2));
    const pool = await newPool();
    const inputs = Array.from({ length: 12 }, (_, seed) => ({ seed, milliseconds: 400 }));
    const outputs = pool.map(mix, inputs);
    await worker!.logged("ended in");
    await server.stop();
    await delay(500);
    await server.resume();
    const expected = inputs.map((input) => ({ ...input, milliseconds: 0 }));
    expect(await outputs).toEqual(await inlinePool().map(mix, expected));
    // What was finished stays finished; the two that ran may have begun anew.
    expect(worker!.log.match(/ended in/g)!.length).toBeLessThanOrEqual(14);
  });

  test("a pool ends without its server", async () => {
    const lonely = await RedisServer.start();
    try {
      const pool = await redisPool({ url: lonely.url });
      const outcome = rejection(pool.run(square, { x: 1 }));
      await lonely.stop();
      await pool.close();
      expect(await outcome).toEqual(new Error("the pool was closed"));
    } finally {
      await lonely.remove();
    }
  });

  test("a server that forgets everything is told again", async () => {
    const pool = await newPool({ inFlight: 2 });
    const outputs = pool.map(
      square,
      [1, 2, 3].map((x) => ({ x })),
    );
    while ((await redis.llen("ockham:tasks:wait")) < 2) await delay(20);
    await delay(100);
    expect(await redis.llen("ockham:tasks:wait")).toBe(2);
    await redis.flushall();
    await started(WorkerProcess.fixture(server.url));
    expect(await outputs).toEqual([1, 4, 9]);
  });

  test("an abort removes what waits, stops what runs, and leaves nothing", async () => {
    const [worker] = await started(WorkerProcess.fixture(server.url));
    const pool = await newPool();
    const controller = new AbortController();
    const stopped = new Error("stopped");
    const inputs = [1, 2, 3].map((i) => ({ milliseconds: 60_000 + i }));
    const outcome = rejection(pool.map(busy, inputs, { signal: controller.signal }));
    await worker!.logged("fixture/busy begins");
    controller.abort(stopped);
    expect(await outcome).toBe(stopped);
    await worker!.logged("cancelled");
    expect(await pool.run(square, { x: 5 })).toBe(25);
    expect(worker!.log.match(/busy begins/g)).toHaveLength(1);
    await pool.close();
    expect((await taskKeys()).filter((key) => !key.includes(":cancel:"))).toEqual([]);
  });

  test("two pools that ask for the same work both get it", async () => {
    await started(WorkerProcess.fixture(server.url));
    const pools = [await newPool(), await newPool()];
    const input = { seed: 3, milliseconds: 300 };
    const [first, second] = await Promise.all(pools.map((pool) => pool.run(mix, input)));
    expect(first).toEqual(second);
  });

  test("what would be too large is refused on either side, by name", async () => {
    await started(WorkerProcess.fixture(server.url, 1, ["8192"]));
    const pool = await newPool({ maxBytes: 1 << 20 });
    await expect(pool.run(sums, new Float64Array(1 << 18))).rejects.toThrow(
      /^input: has 2097152 bytes; at most 1048576 .*\(task fixture\/sums, input: Float64Array\(262144\)\)$/,
    );
    // The output's frame is a little longer than the input's.
    const small = await newPool({ maxBytes: 4096 });
    await expect(small.run(sums, new Float64Array(502))).rejects.toThrow(
      /^ockham:output:\w+: has 41\d\d bytes; at most 4096 .*task fixture\/sums/,
    );
    await expect(pool.run(sums, new Float64Array(2000))).rejects.toThrow(/has 16\d{3} bytes; at most 8192/);
    await expect(pool.run(square, { x: 1, f: () => 1 } as { x: number })).rejects.toThrow(
      /^input\.f: expected plain data and typed arrays, got a function/,
    );
    expect(await pool.run(square, { x: 5 })).toBe(25);
  });

  test("what others put into the queue is not trusted", async () => {
    const [worker] = await started(WorkerProcess.fixture(server.url));
    const pool = await newPool();
    const { Queue } = await import("bullmq");
    const queue = new Queue("tasks", { connection: redis, prefix: "ockham" });
    await redis.set("ockham:input:x1", "OCK1 and then nonsense");
    await queue.add("fixture/square", {}, { jobId: "x1" });
    await queue.add("constructor", {}, { jobId: "x2" });
    await queue.add("file:///etc/passwd", { module: "file:///tmp/evil.mjs" }, { jobId: "x3" });
    await worker!.logged("is no valid payload");
    await worker!.logged('has no task named "constructor"');
    await worker!.logged('has no task named "file:///etc/passwd"');
    expect(await pool.run(square, { x: 5 })).toBe(25);
    await worker!.end("SIGTERM");

    // Nor what comes back.
    const outcome = pool.run(square, { x: 4 });
    while ((await redis.llen("ockham:tasks:wait")) === 0) await delay(20);
    const [id] = await redis.lrange("ockham:tasks:wait", 0, 0);
    await redis.set(`ockham:output:${id}`, "OCK1 and then nonsense");
    await expect(outcome).rejects.toThrow(
      /^output: is no valid payload: .* \(task fixture\/square, input: { x: 4 }\)$/,
    );
  });

  test("tasks that write to shared memory stay on threads of this machine", async () => {
    const pool = await newPool();
    const shared = new SharedArrayBuffer(16);
    await pool.map(
      fillShared,
      [0, 1].map((at) => ({ shared, at })),
    );
    expect([...new Float64Array(shared)]).toEqual([1, 2]);
  });

  describe("with `ockham worker`", () => {
    const graph: Graph = (() => {
      const stream = randomStream(1);
      const ends = () => Array.from({ length: 40_000 }, () => stream.integer(4000));
      return graphFromEdges({ sources: ends(), targets: ends() }, { nodes: 4000 });
    })();

    test("one, two and four workers give the same bits as none", async () => {
      const pool = await newPool();
      const options = { walksPerStart: 5, length: 20, seed: 3 };
      const expected = await randomWalks(graph, options);
      for (const more of [1, 1, 2]) {
        await started(...Array.from({ length: more }, () => WorkerProcess.ockham(server.url)));
        expect(await randomWalks(graph, { ...options, pool })).toEqual(expected);
      }
      expect(await pool.workers()).toBe(4);
      const shares = open.workers.map(({ log }) => log.match(/random-walks ended/g)?.length ?? 0);
      // 16 tasks for each of three runs.
      expect(shares.reduce((sum, share) => sum + share, 0)).toBe(48);
      expect(Math.max(...shares)).toBeLessThan(48);

      await expect(pool.run(square, { x: 1 })).rejects.toThrow(
        /^task: the worker has no task named "fixture\/square" \(task fixture\/square, input: { x: 1 }\)$/,
      );
      expect(await open.workers[0]!.end("SIGTERM")).toBe(0);
    });

    test("commands with --pool give the same files as without", async () => {
      const folder = mkdtempSync(join(tmpdir(), "ockham-cluster-"));
      try {
        const edges = join(folder, "edges.csv");
        const stream = randomStream(2);
        const lines = Array.from({ length: 600 }, () => `${stream.integer(100)},${stream.integer(100)}`);
        writeFileSync(edges, lines.join("\n"));
        const [worker] = await started(WorkerProcess.ockham(server.url));
        const same = async (task: string, ...args: readonly string[]): Promise<void> => {
          const run = async (name: string, ...more: readonly string[]): Promise<Buffer> => {
            const given = args.map((arg) => arg.replace("OUT", join(folder, name)));
            const outcome = await ockham([...given, edges, ...more]);
            expect(outcome, outcome.stderr).toMatchObject({ status: 0 });
            return readFileSync(given.find((arg) => arg.startsWith(folder))!);
          };
          const [threads, cluster] = await Promise.all([
            run("threads"),
            run("cluster", "--pool", server.url),
          ]);
          expect(cluster).toEqual(threads);
          expect(worker!.log).toContain(`${task} ended`);
        };
        const walks = ["--method", "deepwalk", "--dim", "8", "--walks-per-node", "2", "--walk-length", "10"];
        await same("graph/random-walks", "embed-graph", ...walks, "--out", "OUT.npy");
        // The index of fingerprints.
        await same("graph/visit-counts", "ppr", "--source", "1", "--index", "OUT.index");
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  });

  test("a password is needed, checked, and never shown", async () => {
    const locked = await RedisServer.start(["--requirepass", "open sesame"]);
    const at = `127.0.0.1:${locked.port}`;
    try {
      const wrong = (await rejection(redisPool({ url: `redis://:guess@${at}` }))) as Error;
      expect(wrong).toBeInstanceOf(InvalidInputError);
      expect(wrong.message).toBe(
        `options.url: cannot use redis://${at}: it refuses the user name or the password`,
      );
      await expect(redisPool({ url: `redis://${at}` })).rejects.toThrow(/it wants a password/);
      const url = `redis://:open%20sesame@${at}`;
      await started(WorkerProcess.fixture(url));
      const pool = await newPool({ url });
      expect(await pool.run(square, { x: 5 })).toBe(25);
      const { status, stderr } = await ockham(["worker", "--redis", `redis://:guess@${at}`]);
      expect([status, stderr]).toEqual([
        2,
        `ockham: --redis: cannot use redis://${at}: it refuses the user name or the password\n`,
      ]);
      await Promise.all(open.pools.splice(0).map((each) => each.close()));
    } finally {
      await locked.remove();
    }
  });

  test("TLS works with an authority of one's own, and refuses others", async () => {
    const secure = await RedisServer.startWithTls();
    const url = `rediss://localhost:${secure.port}`;
    try {
      await expect(redisPool({ url })).rejects.toThrow(/^options\.url: cannot use rediss:.*self.signed/);
      const env = { NODE_EXTRA_CA_CERTS: join(secure.folder, "cert.pem") };
      await started(WorkerProcess.fixture(url, 1, [], env));
      const client = `${root}test/programs/cluster-client.ts`;
      const outcome = await run(process.execPath, ["--conditions=ockham-source", client, url], { env });
      expect(outcome).toEqual({ status: 0, stdout: "[0,1,4]\n", stderr: "" });
    } finally {
      await secure.remove();
    }
  });

  test("bad options are refused", async () => {
    const { url } = server;
    await expect(redisPool({ url: "localhost:6379" })).rejects.toThrow(/^options\.url: expected redis:/);
    await expect(redisPool({ url: "not a url with a secret" })).rejects.toThrow(/got what is no URL$/);
    await expect(redisPool({ url, prefix: "a:b" })).rejects.toThrow(/^options\.prefix/);
    await expect(redisPool({ url, inFlight: 0 })).rejects.toThrow(/^options\.inFlight/);
    await expect(redisPool({ url, maxBytes: 1 })).rejects.toThrow(/^options\.maxBytes/);
    await expect(redisPool({ url, lanes: 1 } as { url: string })).rejects.toThrow(/^options\.lanes: unknown/);
    await expect(redisPool({ url: "redis://127.0.0.1:1" })).rejects.toThrow(/ECONNREFUSED/);
  });
});
