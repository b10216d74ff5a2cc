import { signal } from "@preact/signals";

/** Folder that the lab lies in: it works from any path of any host. Set by the page's own script. */
export const base = new URL(document.documentElement.dataset.base ?? "./", location.href);

export interface Route {
  readonly page: "catalogue" | "paper" | "unknown";
  /** Of a paper. */
  readonly id: string;
  readonly query: URLSearchParams;
}

function routeOf(url: URL): Route {
  const path = url.pathname.startsWith(base.pathname) ? url.pathname.slice(base.pathname.length) : "?";
  const paper = /^papers\/([a-z0-9-]+)\/(?:index\.html)?$/.exec(path)?.[1];
  const query = url.searchParams;
  if (path === "" || path === "index.html") return { page: "catalogue", id: "", query };
  return paper === undefined ? { page: "unknown", id: "", query } : { page: "paper", id: paper, query };
}

export const route = signal<Route>(routeOf(new URL(location.href)));

export function hrefOf(id?: string): string {
  return id === undefined ? base.pathname : `${base.pathname}papers/${id}/`;
}

/** Changes the query of this page, so that what is seen can be shared; no entry of its own in the history. */
export function replaceQuery(query: URLSearchParams): void {
  const text = query.toString();
  history.replaceState(history.state, "", `${location.pathname}${text && `?${text}`}${location.hash}`);
  route.value = { ...route.value, query };
}

/** Follows links within the lab without loading the document anew; the browser keeps back, reload and new tabs. */
export function followLinks(): void {
  history.scrollRestoration = "manual";
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest?.("a");
    if (!link || event.defaultPrevented || event.button !== 0 || link.target === "_blank") return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const url = new URL(link.href);
    const next = url.origin === location.origin ? routeOf(url) : undefined;
    if (
      next === undefined ||
      next.page === "unknown" ||
      (url.pathname === location.pathname && url.hash !== "")
    )
      return;
    event.preventDefault();
    history.replaceState({ scroll: scrollY }, "");
    history.pushState({ scroll: 0 }, "", url);
    route.value = next;
    scrollTo(0, 0);
  });
  addEventListener("popstate", ({ state }) => {
    route.value = routeOf(new URL(location.href));
    const scroll = (state as { scroll?: number } | null)?.scroll ?? 0;
    requestAnimationFrame(() => scrollTo(0, scroll));
  });
}
