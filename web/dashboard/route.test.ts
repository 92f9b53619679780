import { expect, it } from "vitest";
import { addressOf, routeOf, type Route } from "./route.ts";

it("finds every page by the address that it has", () => {
  const routes: readonly Exclude<Route, { page: "unknown" }>[] = [
    { page: "videos", search: "" },
    { page: "videos", search: "?search=a+b&state=ready" },
    { page: "video", videoId: "vid_1", tab: "overview" },
    { page: "video", videoId: "a/b?c", tab: "explain" },
    { page: "webhook", webhookId: "hook_1", search: "" },
    { page: "webhook", webhookId: "hook_1", search: "?state=failed" },
    { page: "creators", search: "?creator=a%2Fb" },
    { page: "upload" },
    { page: "audit-log", search: "" },
    { page: "audit-log", search: "?keyId=key_1&from=2026-11-24" },
    { page: "doctor" },
  ];
  for (const route of routes) expect(routeOf(addressOf(route))).toEqual(route);
});

it("knows no page by another address", () => {
  for (const address of [
    "/",
    "/dashboards",
    "/dashboard/none",
    "/dashboard/videos/vid_1/none",
    "/dashboard/jobs/x",
    "/dashboard/audit-log/x",
  ])
    expect(routeOf(address)).toEqual({ page: "unknown" });
  expect(routeOf("/dashboard/videos/%E0%A4%A")).toMatchObject({ page: "video" });
});
