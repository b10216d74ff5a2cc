import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of the package's own package.json, from sources and from `dist` alike. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return folder;
}

/** The root of the checkout that this runs in; undefined in an installed package. */
export function checkoutRoot(): string | undefined {
  const root = packageRoot();
  return existsSync(join(root, "papers", "catalogue.ts")) ? root : undefined;
}

export function packageVersion(): string {
  const text = readFileSync(join(packageRoot(), "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
