// What pages with orders and positions share.
import "./positions.js";
import "./steady.js";
