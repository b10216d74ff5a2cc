import { selectionRules, updateRules } from "ockham/optim";
import { expect, test } from "vitest";
import type { CliContext } from "../context.ts";
import { minimizeCommand } from "./minimize.ts";

// Written out in the command, which must not load the methods to print its help.
test("every rule of the library can be chosen, and no other", () => {
  const { options } = minimizeCommand({} as CliContext);
  const choices = (name: string) => options.find(({ long }) => long === name)!.argChoices;
  expect(choices("--select")).toEqual(selectionRules);
  expect(choices("--update")).toEqual(updateRules);
});
