import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arrayOf, type DType, dtypes, fromNested, type NdArray, sizeOf, toNested } from "../array/index.ts";
import { formatNpy, parseNpy, parseNpz, readNpy, writeNpy } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "ockham-npy-"));
const python = "/usr/bin/python3";
const hasNumpy = spawnSync(python, ["-c", "import numpy"]).status === 0;

function numpy(script: string): string {
  const run = spawnSync(python, ["-c", `import numpy as np\nimport sys\n${script}`], {
    cwd: folder,
    encoding: "utf8",
  });
  if (run.status !== 0) throw new Error(run.stderr);
  return run.stdout.trim();
}

/** An array of every type with bytes of all kinds. */
const anyArray = fc
  .tuple(fc.constantFrom(...dtypes), fc.array(fc.nat(4), { maxLength: 4 }), fc.infiniteStream(fc.nat(255)))
  .map(([dtype, shape, bytes]): NdArray => {
    const data = new arrayOf[dtype](sizeOf(shape));
    const view = new Uint8Array(data.buffer);
    for (let i = 0; i < view.length; i++)
      view[i] = dtype === "bool" ? bytes.next().value! % 2 : bytes.next().value!;
    return { dtype, shape, data } as NdArray;
  });

test("any array comes back bit by bit, its data at a multiple of 64 bytes", () => {
  fc.assert(
    fc.property(anyArray, (array) => {
      const bytes = formatNpy(array);
      const back = parseNpy(bytes);
      expect([back.dtype, back.shape]).toEqual([array.dtype, array.shape]);
      expect(new Uint8Array(back.data.buffer)).toEqual(new Uint8Array(array.data.buffer));
      expect((bytes.length - array.data.byteLength) % 64).toBe(0);
    }),
  );
});

/** A file with this header and data. */
function file(header: string, data: Uint8Array = new Uint8Array(0), version = 1): Uint8Array {
  const text = new TextEncoder().encode(header);
  const front =
    version === 1
      ? [0x93, 78, 85, 77, 80, 89, 1, 0, text.length & 255, text.length >> 8]
      : [0x93, 78, 85, 77, 80, 89, version, 0, text.length & 255, text.length >> 8, 0, 0];
  return Uint8Array.from([...front, ...text, ...data]);
}

test("big-endian, column-major data of version 2 and 3 is turned round", () => {
  const header = "{'shape': (2, 3), 'fortran_order': True, 'descr': '>i2'}";
  const data = Uint8Array.of(0, 1, 0, 4, 0, 2, 0, 5, 0, 3, 0, 6);
  for (const version of [2, 3])
    expect(toNested(parseNpy(file(header, data, version)))).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
});

test("column-major order of rank 3 follows the definition", () => {
  const shape = [2, 3, 4];
  const header = `{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3, 4), }`;
  const { data } = parseNpy(
    file(
      header,
      Uint8Array.from({ length: 24 }, (_, k) => k),
    ),
  );
  for (let i = 0; i < 2; i++)
    for (let j = 0; j < 3; j++)
      for (let k = 0; k < 4; k++) expect(data[(i * 3 + j) * 4 + k]).toBe(i + shape[0]! * (j + shape[1]! * k));
});

describe("hostile input is refused before memory is taken", () => {
  const good = formatNpy(fromNested([1, 2, 3]));
  test.each([
    ["nothing", new Uint8Array(0), "not a .npy file"],
    ["another magic", new Uint8Array(200), "not a .npy file"],
    ["a cut header", good.subarray(0, 40), "the header is cut off"],
    ["a cut length", good.subarray(0, 9), "not a .npy file"],
    [
      "cut data",
      good.subarray(0, good.length - 1),
      "expected 24 bytes of data for shape (3) of float64, got 23",
    ],
    [
      "bytes too many",
      Uint8Array.from([...good, 0]),
      "expected 24 bytes of data for shape (3) of float64, got 25",
    ],
    [
      "a huge shape",
      file("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000)}"),
      "expected 8000000000000 bytes",
    ],
    [
      "a shape beyond numbers",
      file("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999, 99999999999)}"),
      "too large",
    ],
    [
      "a negative extent",
      file("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}"),
      "not a whole number",
    ],
    ["no shape", file("{'descr': '<f8', 'fortran_order': False}"), "no readable shape"],
    ["no dictionary", file("[1, 2]"), "not a dictionary"],
    [
      "objects",
      file("{'descr': '|O', 'fortran_order': False, 'shape': (0,)}"),
      'element type "|O" is not supported',
    ],
    ["complex", file("{'descr': '<c16', 'fortran_order': False, 'shape': (0,)}"), "not supported"],
    ["text", file("{'descr': '<U4', 'fortran_order': False, 'shape': (0,)}"), "not supported"],
    ["records", file("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (0,)}"), "records"],
    ["version 9", Uint8Array.of(0x93, 78, 85, 77, 80, 89, 9, 0, 0, 0), ".npy version 9 is not known"],
  ])("%s", (_, bytes, message) => {
    expect(() => parseNpy(bytes)).toThrow(message);
    expect(() => parseNpy(bytes)).toThrow(
      expect.objectContaining({ name: "InvalidInputError", argument: "npy" }),
    );
  });

  test("random bytes never do anything but parse or be refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.nat(119), (noise, at) => {
        const bytes = formatNpy(fromNested([[1, 2]], "float32"));
        bytes.set(noise.subarray(0, Math.max(0, bytes.length - at)), at);
        try {
          parseNpy(bytes);
        } catch (cause) {
          expect(cause).toMatchObject({ name: "InvalidInputError" });
        }
      }),
    );
  });

  test("arrays that are none are not written", async () => {
    const array = { dtype: "float64", shape: [3], data: new Float64Array(2) } as const;
    await expect(writeNpy(join(folder, "bad.npy"), array)).rejects.toMatchObject({ argument: "array.data" });
  });
});

describe.runIf(hasNumpy)("with numpy", () => {
  test("numpy reads what is written", async () => {
    const names: string[] = [];
    for (const dtype of dtypes) {
      const array = {
        ...fromNested(
          [
            [0, 1, 2],
            [3, 4, 5],
          ],
          dtype === "bool" ? "uint8" : dtype,
        ),
        dtype,
      } as NdArray;
      if (dtype === "bool") (array.data as Uint8Array).set([0, 1, 0, 1, 1, 0]);
      if (dtype === "float16") (array.data as Uint16Array).set([0, 0x3c00, 0x4000, 0x4200, 0x4400, 0x4500]);
      await writeNpy(join(folder, `${dtype}.npy`), array);
      names.push(dtype);
    }
    const expected = (dtype: DType) =>
      dtype === "bool" ? "[[0, 1, 0], [1, 1, 0]]" : "[[0, 1, 2], [3, 4, 5]]";
    const script = names
      .map((name) => `a = np.load('${name}.npy'); print(a.dtype, a.astype(int).tolist())`)
      .join("\n");
    expect(numpy(script).split("\n")).toEqual(names.map((name) => `${name} ${expected(name as DType)}`));
  });

  test("what numpy writes is read, in both orders and byte orders", async () => {
    numpy(`
for t in ['<f2','<f4','>f4','<f8','>f8','|i1','<i2','>i2','<i4','>i4','<i8','>i8','|u1','<u2','>u2','<u4','>u4','<u8','>u8','|b1']:
    for order in 'CF':
        np.save('a' + t[1:] + ('b' if t[0] == '>' else '') + order, np.asfortranarray(np.arange(24).reshape(2,3,4).astype(t)) if order == 'F' else np.arange(24).reshape(2,3,4).astype(t))
`);
    const { readdirSync } = await import("node:fs");
    const written = readdirSync(folder).filter((name) => /^a[fiub]\d/.test(name));
    expect(written.length).toBe(40);
    for (const name of written) {
      const array = await readNpy(join(folder, name));
      expect(array.shape).toEqual([2, 3, 4]);
      const values =
        array.dtype === "float16"
          ? [...new Float16Array(array.data.buffer as ArrayBuffer)]
          : Array.from(array.data as Float64Array, Number);
      expect(values).toEqual(
        Array.from({ length: 24 }, (_, k) => (array.dtype === "bool" ? Number(k > 0) : k)),
      );
    }
  });

  test("archives of arrays, packed or not, and a scalar", () => {
    numpy(`
np.savez('plain.npz', x=np.arange(3.0), y=np.array([[1, 2]], dtype=np.int32))
np.savez_compressed('packed.npz', x=np.zeros(100000), s=np.float64(2.5), t=np.array(['text']))`);
    const plain = parseNpz(readFileSync(join(folder, "plain.npz")));
    expect(toNested(plain.x!)).toEqual([0, 1, 2]);
    expect(plain.y).toMatchObject({ dtype: "int32", shape: [1, 2] });
    const bytes = readFileSync(join(folder, "packed.npz"));
    expect(() => parseNpz(bytes)).toThrow("npz, t: element type");
    const packed = parseNpz(bytes, (name) => name !== "t");
    expect(packed.x!.data.length).toBe(100000);
    expect([packed.s!.shape, packed.s!.data[0]]).toEqual([[], 2.5]);
    expect(() => parseNpz(bytes.subarray(0, bytes.length - 60))).toThrow("not a zip archive");
    writeFileSync(join(folder, "none.npz"), "text");
    expect(() => parseNpz(readFileSync(join(folder, "none.npz")))).toThrow("not a zip archive");
  });
});
