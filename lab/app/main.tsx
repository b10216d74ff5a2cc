import { render } from "preact";
import "katex/dist/katex.min.css";
import "./style/fonts.css";
import "./style/base.css";
import "./style/catalogue.css";
import "./style/paper.css";
import "./style/demo.css";
import { App } from "./app.tsx";
import { base, followLinks } from "./router.ts";

// Addresses of the document's head are those of its first page, wherever links within the lab lead.
for (const link of document.head.querySelectorAll<HTMLLinkElement>("link[href]")) link.href = `${link.href}`;
followLinks();
render(<App />, document.getElementById("app")!);

// The lab works offline from the second visit on.
if (import.meta.env.PROD && "serviceWorker" in navigator)
  navigator.serviceWorker.register(new URL("service-worker.js", base)).catch(() => {
    // Refused on a host without https: everything else works.
  });
