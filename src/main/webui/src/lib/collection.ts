/** "/api/models/m1/versions?pageSize=1" → "/api/models": what is listed under one address. Pure. */
export const collectionOf = (path: string): string => path.split("?", 1)[0].split("/").slice(0, 3).join("/");
