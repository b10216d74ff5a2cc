import { join } from "node:path";
import type { Plugin } from "vite";
import { type PaperId, paperIds, papers } from "../../papers/index.ts";
import { cardOf, pageOf, root } from "./read-paper.ts";

const catalogue = "virtual:ockham/catalogue";
const pages = "virtual:ockham/pages";
const page = "virtual:ockham/page/";

/**
 * Gives the app what is known of the papers as modules, made when the lab is built: the cards of all, and a page for each
 * paper that is built, loaded when it is opened.
 */
export function papersPlugin(): Plugin {
  return {
    name: "ockham-papers",
    resolveId: (id) => (id.startsWith("virtual:ockham/") ? `\0${id}` : undefined),
    async load(resolved) {
      if (!resolved.startsWith("\0virtual:ockham/")) return undefined;
      const id = resolved.slice(1);
      if (id === catalogue) return `export const cards = ${JSON.stringify(paperIds.map(cardOf))};`;
      if (id === pages) {
        const loaders = Object.keys(papers).map(
          (paper) => `${JSON.stringify(paper)}: () => import(${JSON.stringify(page + paper)})`,
        );
        return `export const pages = { ${loaders.join(", ")} };`;
      }
      const paper = id.slice(page.length) as PaperId;
      this.addWatchFile(join(root, "papers", paper, "README.md"));
      const { figures, ...rest } = await pageOf(paper);
      const imports = figures.map(({ url }, i) => `import figure${i} from ${JSON.stringify(`${url}?url`)};`);
      const listed = figures.map(({ title }, i) => `{ title: ${JSON.stringify(title)}, url: figure${i} }`);
      return `${imports.join("\n")}\nexport const page = { ...${JSON.stringify(rest)}, figures: [${listed.join(", ")}] };`;
    },
  };
}
