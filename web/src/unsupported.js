// SPDX-License-Identifier: MIT
// For browsers from before 2020: says why the page stays empty.
window.onload = function () {
	document.getElementById("app").appendChild(
		document.createTextNode("This browser is too old for Parley. Please update it, or use another one."),
	);
};
