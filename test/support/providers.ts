import { afterAll, beforeAll, describe } from "vitest";
import { useLapack } from "../../src/core/linalg/index.ts";

/** Runs a group of tests once with the system LAPACK, where one is found, and once with the portable provider. */
export function onProviders(name: string, body: () => void): void {
  describe.each(["auto", "portable"])(`${name}, provider %s`, (provider) => {
    beforeAll(() => useLapack(provider));
    afterAll(() => useLapack("auto"));
    body();
  });
}
