/**
 * What draws, of packages that are only development dependencies: the build puts it into one file in place of
 * this module.
 */
export { barX, dot, frame, line, link, plot, rect, rectY, ruleX, ruleY } from '@observablehq/plot';
export { DOMImplementation, XMLSerializer } from '@xmldom/xmldom';
