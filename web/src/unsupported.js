// SPDX-License-Identifier: MIT
// Runs before the client and in every browser: says why the page stays empty when the client cannot start.
(function () {
	function explain() {
		var app = document.getElementById("app");
		if (app && !app.firstChild) {
			app.appendChild(document.createTextNode("Parley could not start here. Reload the page; if that does not help, update this browser or use another one."));
		}
	}
	window.addEventListener("error", explain, true);
	if (!("noModule" in document.createElement("script"))) {
		window.addEventListener("load", explain);
	}
})();
