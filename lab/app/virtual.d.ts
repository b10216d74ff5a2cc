declare module "virtual:ockham/catalogue" {
  export const cards: readonly import("../content/content.ts").PaperCard[];
}

declare module "virtual:ockham/pages" {
  export const pages: Readonly<
    Record<string, () => Promise<{ page: import("../content/content.ts").PaperPage }>>
  >;
}
