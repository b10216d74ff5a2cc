import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  parseIdx,
  parseJsonLines,
  parseTable,
  readBytes,
  readIdx,
  readJsonLines,
  readTable,
  unzip,
  writeAtomically,
  writeJsonLines,
} from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "ockham-files-"));
const fresh = (): string => mkdtempSync(join(folder, "f-"));

describe("atomic writing", () => {
  test("the name appears only when the file is complete", async () => {
    const path = join(fresh(), "deep", "er", "a.txt");
    await writeAtomically(path, async (file) => {
      await file.write("one ");
      expect(existsSync(path)).toBe(false);
      await file.write(new TextEncoder().encode("two"));
    });
    expect(readFileSync(path, "utf8")).toBe("one two");
    expect(readdirSync(join(path, ".."))).toEqual(["a.txt"]);
  });

  test("an error leaves the former file and nothing else", async () => {
    const where = fresh();
    const path = join(where, "a.txt");
    writeFileSync(path, "former");
    const writing = writeAtomically(path, async (file) => {
      await file.write("half");
      throw new Error("broken off");
    });
    await expect(writing).rejects.toThrow("broken off");
    expect(readFileSync(path, "utf8")).toBe("former");
    expect(readdirSync(where)).toEqual(["a.txt"]);
  });

  test("a link stays a link, a mode stays, a device is written directly, a folder is refused", async () => {
    const where = fresh();
    writeFileSync(join(where, "real"), "", { mode: 0o600 });
    symlinkSync("real", join(where, "link"));
    await writeAtomically(join(where, "link"), (file) => file.write("new"));
    expect(readlinkSync(join(where, "link"))).toBe("real");
    expect(readFileSync(join(where, "real"), "utf8")).toBe("new");
    expect(statSync(join(where, "real")).mode & 0o777).toBe(0o600);
    await writeAtomically("/dev/null", (file) => file.write("gone"));
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
    await expect(writeAtomically(where, async () => {})).rejects.toThrow("is a folder");
    await expect(writeAtomically(join(where, "real", "x"), async () => {})).rejects.toMatchObject({
      name: "InvalidInputError",
    });
  });

  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "%s removes the unfinished file and ends the process",
    async (signal) => {
      const where = fresh();
      const script = `import { writeAtomically } from "ockham/io";
      setInterval(() => {}, 1000);
      await writeAtomically(${JSON.stringify(join(where, "a"))}, async (file) => { await file.write("half"); console.log("ready"); await new Promise(() => {}); });`;
      const child = spawn(
        process.execPath,
        ["--conditions=ockham-source", "--input-type=module", "-e", script],
        { stdio: ["ignore", "pipe", "inherit"] },
      );
      await once(child.stdout, "data");
      expect(readdirSync(where)).toHaveLength(1);
      child.kill(signal);
      const [code, by] = await once(child, "exit");
      expect([code, by]).toEqual([null, signal]);
      expect(readdirSync(where)).toEqual([]);
    },
  );

  test("process.exit and a program's own signal handler leave nothing either", async () => {
    const where = fresh();
    const script = `import { writeAtomically } from "ockham/io";
      process.on("SIGINT", () => process.exit(7));
      setInterval(() => {}, 1000);
      await writeAtomically(${JSON.stringify(join(where, "a"))}, async (file) => { console.log("ready"); await new Promise(() => {}); });`;
    const child = spawn(
      process.execPath,
      ["--conditions=ockham-source", "--input-type=module", "-e", script],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    await once(child.stdout, "data");
    child.kill("SIGINT");
    expect((await once(child, "exit"))[0]).toBe(7);
    expect(readdirSync(where)).toEqual([]);
  });
});

test("unreadable things are named as what they are", async () => {
  await expect(readBytes(join(folder, "none"))).rejects.toThrow("none: no such file");
  await expect(readBytes(folder)).rejects.toThrow("is a folder");
});

describe("JSON lines", () => {
  const collect = async (values: AsyncIterable<unknown>): Promise<unknown[]> => {
    const all: unknown[] = [];
    for await (const value of values) all.push(value);
    return all;
  };

  test("values come back, from a file and from chunks", async () => {
    const values = [{ a: [1, "ü\n"] }, null, 3.5, "x", []];
    const path = join(folder, "a.jsonl");
    await writeJsonLines(path, values);
    expect(await collect(readJsonLines(path))).toEqual(values);
    const bytes = readFileSync(path);
    const single = Array.from(bytes, (_, k) => bytes.subarray(k, k + 1));
    expect(await collect(parseJsonLines(single))).toEqual(values);
    expect(await collect(parseJsonLines("\n1\r\n\n2"))).toEqual([1, 2]);
  });

  test("a bad line is named, a value without form is not written", async () => {
    await expect(collect(parseJsonLines("1\n\n{oops}\n"))).rejects.toThrow("json lines, line 3: not JSON");
    await expect(collect(parseJsonLines(Uint8Array.of(49, 10, 0xff)))).rejects.toThrow("not valid UTF-8");
    const where = fresh();
    await expect(writeJsonLines(join(where, "b"), [1, undefined])).rejects.toThrow(
      "values[1]: has no form in JSON",
    );
    await expect(writeJsonLines(join(where, "b"), [Number.NaN])).rejects.toThrow("values[0]");
    expect(readdirSync(where)).toEqual([]);
  });
});

describe("idx", () => {
  test("big-endian numbers of any type are read", () => {
    expect(parseIdx(Uint8Array.of(0, 0, 0x0b, 2, 0, 0, 0, 2, 0, 0, 0, 1, 255, 255, 1, 0))).toEqual({
      dtype: "int16",
      shape: [2, 1],
      data: Int16Array.of(-1, 256),
    });
  });

  test.each([
    [[], "not an IDX file"],
    [[0, 0, 7, 1], "not an IDX file"],
    [[0, 0, 8, 3, 0, 0], "the header is cut off"],
    [[0, 0, 8, 1, 255, 255, 255, 255, 1], "expected 4294967295 bytes"],
  ])("%j is refused", (bytes, message) => {
    expect(() => parseIdx(Uint8Array.from(bytes))).toThrow(message);
  });

  test("files may be packed", async () => {
    const { gzipSync } = await import("node:zlib");
    writeFileSync(join(folder, "a.gz"), gzipSync(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 5, 6)));
    expect((await readIdx(join(folder, "a.gz"))).data).toEqual(Uint8Array.of(5, 6));
  });
});

describe("tables", () => {
  test("columns are typed by what is in them", async () => {
    const table = await parseTable('\uFEFFname,x,y,empty\n"Smith, ""J""",1,NA,\nb,-2.5e3,7,\n');
    expect(table.rows).toBe(2);
    expect(table.names).toEqual(["name", "x", "y", "empty"]);
    expect(table.columns).toEqual({
      name: { kind: "text", values: ['Smith, "J"', "b"], missing: 0 },
      x: { kind: "number", values: Float64Array.of(1, -2500), missing: 0 },
      y: { kind: "number", values: Float64Array.of(Number.NaN, 7), missing: 1 },
      empty: { kind: "text", values: ["", ""], missing: 2 },
    });
  });

  test("semicolons, tabs and given names", async () => {
    expect((await parseTable("a;b\n1;2,5\n")).columns.b).toMatchObject({ kind: "text", values: ["2,5"] });
    expect((await parseTable("1\t2\n3\t4\n", { names: ["u", "v"] })).columns.v!.values).toEqual(
      Float64Array.of(2, 4),
    );
  });

  test.each([
    ["a,b\n1,2\n3\n", "table, line 3"],
    ['a,b\n1,"2\n', "table"],
    ["a,b\n", "table: no rows"],
    ["", "table: no rows"],
    ["a,a\n1,2\n", 'two columns are called "a"'],
    ["a,\n1,2\n", "column 1 has no name"],
  ])("%j is refused", async (text, message) => {
    await expect(parseTable(text)).rejects.toThrow(message);
    await expect(parseTable(text)).rejects.toMatchObject({ name: "InvalidInputError" });
  });

  test("names that do not fit and unknown options are refused", async () => {
    await expect(parseTable("1,2\n", { names: ["a"] })).rejects.toMatchObject({ argument: "options.names" });
    await expect(parseTable("1,2\n", { nams: [] } as object)).rejects.toMatchObject({
      argument: "options.nams",
    });
    await expect(readTable(join(folder, "no.csv"))).rejects.toThrow("no such file");
  });
});

test("a zip whose member claims more than it can hold is refused", async () => {
  const { zipSync } = await import("fflate");
  const zip = zipSync({ "a.txt": new TextEncoder().encode("hello hello hello") });
  expect(new TextDecoder().decode(unzip(zip)["a.txt"])).toBe("hello hello hello");
  const view = new DataView(zip.buffer, zip.byteOffset);
  for (let at = 0; at + 46 < zip.length; at++) {
    if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 24, 0x7fffffff, true);
  }
  expect(() => unzip(zip)).toThrow("a.txt claims 2147483647 bytes");
  expect(() => unzip(new Uint8Array(50))).toThrow("not a zip archive");
});

test("nothing that a browser reaches imports from Node", () => {
  const root = new URL(".", import.meta.url).pathname;
  const seen = new Set<string>();
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const [statement, specifier] of readFileSync(path, "utf8").matchAll(
      /(?:import|export)\s[^;]*?from\s+"([^"]+)"/g,
    )) {
      if (/^(import|export) type/.test(statement)) continue;
      expect([path, specifier]).not.toEqual([path, expect.stringMatching(/^node:/)]);
      if (specifier === "#files" || specifier === "#gunzip")
        visit(join(root, `${specifier.slice(1)}.browser.ts`));
      else if (specifier!.startsWith(".")) visit(join(path, "..", specifier!));
    }
  };
  visit(join(root, "index.ts"));
  expect(seen.size).toBeGreaterThan(15);
});

test("the browser's gunzip unpacks, refuses damage and gives up its source", async () => {
  const { gunzip, isDamage } = await import("./gunzip.browser.ts");
  const { gzipSync } = await import("node:zlib");
  const text = "0 1\n".repeat(100_000);
  const packed = gzipSync(text);
  let open = 0;
  async function* source(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    open++;
    try {
      for (let at = 0; at < bytes.length; at += 50) yield bytes.slice(at, at + 50);
    } finally {
      open--;
    }
  }
  let unpacked = "";
  for await (const chunk of gunzip(source(packed))) unpacked += new TextDecoder().decode(chunk);
  expect(unpacked).toBe(text);
  const reading = async (): Promise<void> => {
    for await (const _ of gunzip(source(packed.subarray(0, 100))));
  };
  await expect(reading()).rejects.toSatisfy(isDamage);
  for await (const _ of gunzip(source(packed))) break;
  expect(open).toBe(0);
});
