import { mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type EdgeList, parseEdgeList, readEdgeList, writeEdgeList } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "ockham-edges-"));

/** Edges as the file's ids. */
function triplets(edges: EdgeList): (string | number)[][] {
  const id = (node: number): string => edges.ids?.[node] ?? String(node);
  return Array.from(edges.source, (u, k) => [
    id(u),
    id(edges.target[k]!),
    ...(edges.weights ? [edges.weights[k]!] : []),
  ]);
}

/** Splits bytes into chunks of the given length. */
async function* chunked(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += length) yield bytes.slice(start, start + length);
}

describe("forms", () => {
  const path = [
    ["0", "1"],
    ["1", "2"],
  ];
  test.each([
    ["spaces", "0 1\n1 2\n"],
    ["runs of spaces and tabs around", "  0   1 \n 1 \t 2\t\n"],
    ["tabs", "0\t1\n1\t2\n"],
    ["commas", "0,1\n1,2\n"],
    ["commas and spaces", "0, 1\n1 ,2\n"],
    ["semicolons", "0;1\n1;2"],
    ["windows line ends and a byte order mark", "\uFEFF0,1\r\n1,2\r\n"],
    ["comments and blank lines", "# a\n% b\n\n0 1\n  # c\n\n1 2\n#"],
    ["header of known names", "source,target\n0,1\n1,2\n"],
    ["header of unknown names", "left,right\n0,1\n1,2\n"],
    ["quotes", '"0","1"\n"1","2"\n'],
  ])("%s are read", async (_, text) => {
    const edges = await parseEdgeList(text);
    expect(triplets(edges)).toEqual(path);
    expect(edges.nodes).toBe(3);
    expect(edges.ids).toBeUndefined();
  });

  test("what was met is counted", async () => {
    const { report } = await parseEdgeList("# c\nsource target\n\n0 1\n1 1\n");
    expect(report).toEqual({
      bytes: 27,
      lines: 5,
      edges: 2,
      comments: 1,
      blankLines: 1,
      header: true,
      selfLoops: 1,
    });
  });

  test("a third column is the weight, exactly as Number() reads it", async () => {
    const texts = [
      "1",
      "0.1",
      "1.7976931348623157e308",
      "12345678.875",
      "0.30000000000000004",
      "00.5",
      "5.",
      ".5",
      "0",
      "+1e-3",
    ];
    const edges = await parseEdgeList(texts.map((text, k) => `${k},${k + 1},${text}`).join("\n"));
    expect([...edges.weights!]).toEqual(texts.map(Number));
  });

  test("a header tells the columns apart", async () => {
    const text = "id,Target,Weight,Source\n9,b,2.5,a\n8,c,1,b\n";
    expect(triplets(await parseEdgeList(text))).toEqual([
      ["a", "b", 2.5],
      ["b", "c", 1],
    ]);
    expect(triplets(await parseEdgeList(text, { columns: { source: "id", target: 1 } }))).toEqual([
      ["9", "b"],
      ["8", "c"],
    ]);
  });

  test("weighted header without known names", async () => {
    const edges = await parseEdgeList("origin,destination,count\nABE,ATL,853\nABE,BHM,1\n");
    expect(triplets(edges)).toEqual([
      ["ABE", "ATL", 853],
      ["ABE", "BHM", 1],
    ]);
  });

  test("two lines of words without known names are two edges", async () => {
    expect(triplets(await parseEdgeList("a b\nb c"))).toEqual([
      ["a", "b"],
      ["b", "c"],
    ]);
    expect((await parseEdgeList("a b\nb c", { header: true })).report.edges).toBe(1);
  });
});

describe("ids", () => {
  test("whole numbers with gaps are numbered by ascending value", async () => {
    const edges = await parseEdgeList("30 10\n10 20\n");
    expect(edges.ids).toEqual(["10", "20", "30"]);
    expect([...edges.source]).toEqual([2, 0]);
    expect([...edges.target]).toEqual([0, 1]);
  });

  test("whole numbers far apart take no memory for the gap", async () => {
    const edges = await parseEdgeList("2147483646 0\n7 2147483646\n");
    expect(edges.ids).toEqual(["0", "7", "2147483646"]);
    expect(triplets(edges)).toEqual([
      ["2147483646", "0"],
      ["7", "2147483646"],
    ]);
  });

  test.each(["007", "-1", "2147483647", "99999999999999999999", "1.0", "x", "Zürich", "#3"])(
    "%s anywhere makes all ids labels in order of appearance",
    async (odd) => {
      const edges = await parseEdgeList(`5 6\n6 ${odd}\n5 7\n`);
      expect(edges.ids).toEqual(["5", "6", odd, "7"]);
      expect([...edges.source]).toEqual([0, 1, 0]);
      expect([...edges.target]).toEqual([1, 2, 3]);
    },
  );

  test("quoted ids keep delimiters and quotes", async () => {
    const edges = await parseEdgeList('"Smith, John","a ""b"" c"\n"a ""b"" c",x\n');
    expect(edges.ids).toEqual(["Smith, John", 'a "b" c', "x"]);
  });

  test("a node count keeps nodes without edges and the numbers as they are", async () => {
    const edges = await parseEdgeList("4 2\n", { nodes: 7 });
    expect([edges.nodes, edges.source[0], edges.target[0], edges.ids]).toEqual([7, 4, 2, undefined]);
  });
});

describe("malformed input is refused with its line", () => {
  test.each([
    [
      "too few fields",
      "0 1\n2\n",
      "edges, line 2: expected 2 fields separated by space as in the first line, got 1",
    ],
    ["too many fields", "0,1\n# c\n1,2,3\n", "edges, line 3: expected 2 fields"],
    ["one field", "abc\n", "edges, line 1: expected 2 or 3 fields"],
    [
      "four fields",
      "1 2 3 4\n",
      "edges, line 1: expected 2 or 3 fields (source, target, optional weight) separated by space, got 4; say which columns to take",
    ],
    ["NaN weight", "0,1,2\n1,2,NaN\n", 'edges, line 2: expected a finite weight of at least 0, got "NaN"'],
    ["NaN weight in the first line", "0,1,nan\n1,2,3\n", "edges, line 1: expected a finite weight"],
    ["infinite weight", "0 1 1\n1 2 inf\n", "edges, line 2: expected a finite weight"],
    ["overflowing weight", "0 1 1\n1 2 1e999\n", "edges, line 2: expected a finite weight"],
    ["negative weight", "0 1 1\n1 2 -0.5\n", "edges, line 2: the weight is negative: -0.5"],
    ["word for a weight", "0 1 1\n1 2 heavy\n", "edges, line 2: expected a finite weight"],
    ["hexadecimal weight", "0 1 1\n1 2 0x10\n", "edges, line 2: expected a finite weight"],
    ["two points", "0 1 1\n1 2 1.2.3\n", "edges, line 2: expected a finite weight"],
    ["empty weight", "0,1,1\n1,2,\n", "edges, line 2: the weight is empty"],
    ["empty id", "0,1\n,2\n", "edges, line 2: the source id is empty"],
    ["open quote", '0,1\n"a,2\n', "edges, line 2: a quoted field is not closed"],
    ["empty file", "", "edges: no edges: the file is empty"],
    ["only a header", "source,target\n", "edges: no edges: found only comments, blank lines or a header"],
    ["only comments", "# a\n\n", "edges: no edges"],
  ])("%s", async (_, text, message) => {
    await expect(parseEdgeList(text)).rejects.toThrow(message);
    await expect(parseEdgeList(text)).rejects.toMatchObject({ name: "InvalidInputError" });
  });

  test("ids beyond the node count", async () => {
    await expect(parseEdgeList("0 1\n1 5\n", { nodes: 5 })).rejects.toThrow(
      'edges, line 2: expected a node number from 0 to 4, got "5"',
    );
    await expect(parseEdgeList("0 1\na 1\n", { nodes: 5 })).rejects.toThrow("line 2");
  });

  test("text that is not UTF-8", async () => {
    const bytes = Uint8Array.of(97, 32, 98, 10, 97, 32, 0xff, 10);
    await expect(parseEdgeList(bytes)).rejects.toThrow("edges, line 2: an id is not valid UTF-8 text");
  });

  test("a line without end", async () => {
    await expect(parseEdgeList(new Uint8Array(3_000_000).fill(65))).rejects.toThrow("not an edge list");
  });

  test("a column that is not there", async () => {
    const text = "a,b\n1,2\n";
    await expect(parseEdgeList(text, { columns: { source: "a", target: "c" } })).rejects.toThrow(
      'edges, line 1: no column "c" for the target; the header names "a", "b"',
    );
    await expect(parseEdgeList(text, { columns: { source: 0, target: 2 } })).rejects.toThrow(
      "at least 3 fields",
    );
  });

  test.each([
    [{ delimiter: "|" }, "options.delimiter"],
    [{ header: "yes" }, "options.header"],
    [{ nodes: 0 }, "options.nodes"],
    [{ columns: { source: -1, target: 0 } }, "options.columns.source"],
    [{ columns: { from: 0 } }, "options.columns.from"],
    [{ weigths: true }, "options.weigths"],
  ])("option %j", async (options, argument) => {
    await expect(parseEdgeList("0 1\n", options as object)).rejects.toMatchObject({ argument });
  });
});

const anyEdges = fc
  .record({
    ids: fc.uniqueArray(
      fc.oneof(fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }), fc.nat().map(String)),
      {
        minLength: 1,
        maxLength: 12,
      },
    ),
    pairs: fc.array(
      fc.tuple(fc.nat(), fc.nat(), fc.double({ min: 0, noDefaultInfinity: true, noNaN: true })),
      {
        minLength: 1,
        maxLength: 30,
      },
    ),
    weighted: fc.boolean(),
    delimiter: fc.constantFrom("," as const, "\t" as const),
  })
  // A line is an edge: an id cannot contain a line end, and blanks around it are not part of it.
  .filter(({ ids }) => ids.every((id) => id.trim() === id && !/[\r\n\u2028\u0085\ufeff]/.test(id)));

test("what is written is read back, in chunks cut anywhere", async () => {
  let file = 0;
  await fc.assert(
    fc.asyncProperty(anyEdges, fc.integer({ min: 1, max: 40 }), async (edges, length) => {
      const { ids, pairs, weighted, delimiter } = edges;
      const written = {
        ids,
        source: Int32Array.from(pairs, ([u]) => u % ids.length),
        target: Int32Array.from(pairs, ([, v]) => v % ids.length),
        ...(weighted ? { weights: Float64Array.from(pairs, ([, , weight]) => weight) } : {}),
      };
      const path = join(folder, `round-trip-${file++ % 8}.csv`);
      await writeEdgeList(path, written, { delimiter });
      const expected = pairs.map(([u, v, weight]) => [
        ids[u % ids.length],
        ids[v % ids.length],
        ...(weighted ? [weight] : []),
      ]);
      const options = { delimiter, header: true };
      const read = await readEdgeList(path, options);
      expect(triplets(read)).toEqual(expected);
      const { readFileSync } = await import("node:fs");
      expect(await parseEdgeList(chunked(readFileSync(path), length), options)).toEqual(read);
    }),
    { numRuns: 150 },
  );
});

test("plain numbers and quoted numbers, which take different paths, give the same graph", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(50), fc.nat(50), fc.float({ min: 0, noNaN: true, noDefaultInfinity: true })), {
        minLength: 1,
      }),
      async (edges) => {
        const plain = await parseEdgeList(edges.map(([u, v, w]) => `${u},${v},${w}`).join("\n"));
        const quoted = await parseEdgeList(edges.map(([u, v, w]) => `"${u}","${v}","${w}"`).join("\n"));
        expect({ ...quoted, report: 0 }).toEqual({ ...plain, report: 0 });
      },
    ),
  );
});

describe("files", () => {
  test("gzip is recognised by content, several members too", async () => {
    const path = join(folder, "packed.txt");
    writeFileSync(path, Buffer.concat([gzipSync("0 1\n1 "), gzipSync("2\n")]));
    expect(triplets(await readEdgeList(path))).toEqual([
      ["0", "1"],
      ["1", "2"],
    ]);
  });

  test("damaged and cut-off gzip data is refused", async () => {
    const whole = gzipSync(Array.from({ length: 5000 }, (_, k) => `${k} ${k * 7}`).join("\n"));
    const path = join(folder, "cut.txt.gz");
    writeFileSync(path, whole.subarray(0, whole.length / 2));
    await expect(readEdgeList(path)).rejects.toThrow(`${path}: gzip data is damaged or cut off`);
    whole[200]! ^= 0xff;
    writeFileSync(path, whole);
    await expect(readEdgeList(path)).rejects.toThrow("damaged");
  });

  test("missing files and folders are named", async () => {
    await expect(readEdgeList(join(folder, "absent"))).rejects.toThrow("absent: no such file");
    await expect(readEdgeList(folder)).rejects.toThrow("is a folder");
  });

  test("progress is in bytes, never decreases and ends at the file's size", async () => {
    const path = join(folder, "progress.txt");
    const text = "1 2\n".repeat(600_000);
    writeFileSync(path, text);
    const seen: number[] = [];
    await readEdgeList(path, { onProgress: ({ done, total }) => seen.push(done, total) });
    const done = seen.filter((_, k) => k % 2 === 0);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(done.at(-1)).toBe(text.length);
    expect(new Set(seen.filter((_, k) => k % 2 === 1))).toEqual(new Set([text.length]));
  });

  test("an abort stops reading and writing, and leaves no file", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(readEdgeList(join(folder, "progress.txt"), { signal })).rejects.toThrow("enough");
    const controller = new AbortController();
    const edges = { source: new Int32Array(3_000_000), target: new Int32Array(3_000_000) };
    const path = join(folder, "never.csv");
    const writing = writeEdgeList(path, edges, {
      signal: controller.signal,
      onProgress: ({ done }) => done > 0 && controller.abort(new Error("enough")),
    });
    await expect(writing).rejects.toThrow("enough");
    expect(readdirSync(folder).filter((name) => name.includes("never"))).toEqual([]);
  });
});
