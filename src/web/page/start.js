// Not a module, so that it can say why modules do not load.
(() => {
  const problem = (title, hint) => {
    document.getElementById('loading').hidden = true;
    document.getElementById('problem').hidden = false;
    document.getElementById('problem-title').textContent = title;
    document.getElementById('problem-hint').textContent = hint;
  };
  if (location.protocol === 'file:') {
    problem(
      'This page must come from a web server.',
      'Browsers do not load models from files. In this folder, run npx http-server or python -m http.server, and open the address that it prints.',
    );
  } else {
    import('./page.js').catch(() =>
      problem(
        'The page cannot be loaded.',
        'page.js or classifier.js is missing or damaged, or the browser is too old.',
      ),
    );
  }
})();
