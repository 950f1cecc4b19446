/**
 * What draws, of packages that are only development dependencies: the build puts it into one file in place of
 * this module.
 */
export { dot, frame, line, link, plot, rect, ruleX } from '@observablehq/plot';
export { DOMImplementation, XMLSerializer } from '@xmldom/xmldom';
