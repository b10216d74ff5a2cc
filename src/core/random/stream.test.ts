import fc from "fast-check";
import { expect, test } from "vitest";
import { fillBlocks } from "./blocks.ts";
import { philox4x32 } from "./philox.ts";
import { randomStream } from "./stream.ts";

test("the block kernel gives the words of philox4x32, also where the low counter word carries", () => {
  const words = new Uint32Array(4096 + 16);
  const block = new Uint32Array(4);
  for (const first of [0, 5, 2 ** 32 - 16, 2 ** 32 * 7 + 3, 2 ** 45]) {
    fillBlocks(first, 0xdeadbeef, 123, words);
    for (let i = 0; i < words.length / 4; i++) {
      const number = first + i;
      philox4x32(number >>> 0, Math.floor(number / 2 ** 32), 0, 0, 0xdeadbeef, 123, block);
      expect(words.subarray(4 * i, 4 * i + 4)).toEqual(block);
    }
  }
});

test("a stream draws the blocks 0, 1, 2, ... of its seed", () => {
  const stream = randomStream((7n << 32n) | 5n);
  const block = new Uint32Array(4);
  for (let i = 0; i < 3000; i++) {
    philox4x32(i, 0, 0, 0, 5, 7, block);
    for (const word of block) expect(stream.uint32()).toBe(word);
  }
});

test("splitting does not advance a stream and depends on the labels alone", () => {
  const stream = randomStream(3);
  const first = stream.split("a", 1).uniform();
  stream.normal();
  expect(stream.split("a", 1).uniform()).toBe(first);
  expect(stream.split("a").split(1).uniform()).toBe(first);
  expect(randomStream(3, "a", 1n).uniform()).toBe(first);
  expect(stream.split("a", "1").uniform()).not.toBe(first);
});

test("number and bigint labels of one value name one stream", () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (label) => {
      expect(randomStream(0, label).uint32()).toBe(randomStream(0, BigInt(label)).uint32());
    }),
  );
});

test("filling equals drawing one by one, however the array is cut", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 5 }),
      fc.boolean(),
      (cuts, normal) => {
        const total = cuts.reduce((sum, cut) => sum + cut, 0);
        const whole = new Float64Array(total);
        const parts = new Float64Array(total);
        const single = randomStream(9);
        for (let i = 0; i < total; i++) whole[i] = normal ? single.normal() : single.uniform();
        const stream = randomStream(9);
        let start = 0;
        for (const cut of cuts) {
          const part = parts.subarray(start, start + cut);
          if (normal) stream.fillNormal(part);
          else stream.fillUniform(part);
          start += cut;
        }
        expect(parts).toEqual(whole);
        expect(stream.uint32()).toBe(single.uint32());
      },
    ),
    { numRuns: 30 },
  );
});

test("float32 fills are the rounded draws and never reach 1", () => {
  const wide = randomStream(4).fillNormal(new Float64Array(5000), 2, 3);
  expect(randomStream(4).fillNormal(new Float32Array(5000), 2, 3)).toEqual(Float32Array.from(wide));
  expect(Math.max(...randomStream(4).fillUniform(new Float32Array(100000)))).toBeLessThan(1);
});

test("known first draws, which must never change", () => {
  const stream = randomStream(2024, "known");
  const drawn = [
    stream.uint32(),
    stream.uniform(),
    stream.integer(1000),
    stream.normal(),
    stream.exponential(),
  ];
  expect(drawn).toMatchInlineSnapshot(`
    [
      163552865,
      0.5340718455893657,
      808,
      -0.4779444662371243,
      0.06845456762335854,
    ]
  `);
  expect([...stream.permutation(6), ...stream.subset(100, 4)]).toMatchInlineSnapshot(`
    [
      1,
      3,
      0,
      4,
      5,
      2,
      19,
      20,
      22,
      39,
    ]
  `);
});

test("integer refuses bounds that are not whole numbers from 1 to 2^32", () => {
  const stream = randomStream(0);
  for (const bound of [0, -1, 1.5, 2 ** 32 + 1, Number.NaN])
    expect(() => stream.integer(bound)).toThrow(/bound/);
  expect(stream.integer(1)).toBe(0);
  for (let i = 0; i < 1000; i++) expect(stream.integer(2 ** 32 - 1)).toBeLessThan(2 ** 32 - 1);
});

test("a permutation holds every number once; a subset is ascending and distinct", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 200 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, share) => {
      const stream = randomStream(n);
      expect(stream.permutation(n).sort()).toEqual(Int32Array.from({ length: n }, (_, i) => i));
      const k = Math.floor(share * n);
      const subset = stream.subset(n, k);
      expect(subset.length).toBe(k);
      for (let i = 0; i < k; i++) {
        expect(subset[i]).toBeGreaterThan(i > 0 ? subset[i - 1]! : -1);
        expect(subset[i]).toBeLessThan(n);
      }
    }),
  );
});
