import { expect, test } from "vitest";
import { randomVector } from "../../../../test/support/matrices.ts";
import { panelStart, plainTileMemory, tileMemory } from "./tile.ts";

test("WebAssembly and TypeScript multiply panels to the same bits", () => {
  const size = panelStart + 8 * 300;
  const [fast, plain] = [tileMemory(size), plainTileMemory(size)];
  for (const length of [1, 2, 3, 37, 300]) {
    const panels = randomVector(8 * length, length);
    for (const memory of [fast, plain]) {
      memory.entries.set(panels, panelStart);
      memory.multiply(panelStart, panelStart + 4 * length, length);
    }
    expect(fast.entries.slice(0, panelStart)).toEqual(plain.entries.slice(0, panelStart));
    for (let i = 0; i < 4; i++)
      for (let j = 0; j < 4; j++) {
        let sum = 0;
        for (let p = 0; p < length; p++) sum += panels[4 * p + i]! * panels[4 * (length + p) + j]!;
        expect(plain.entries[4 * i + j]).toBe(sum);
      }
  }
});

test("WebAssembly is what computes where it may", () => {
  expect(tileMemory(panelStart + 8).entries.buffer.byteLength).toBe(65536);
});
