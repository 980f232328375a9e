/* global SwaggerUIBundle */
(() => {
  const place = document.getElementById("api");
  const token = document.querySelector("input[name=csrfmiddlewaretoken]");
  place.replaceChildren();
  SwaggerUIBundle({
    url: place.dataset.schema,
    domNode: place,
    deepLinking: true,
    displayRequestDuration: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    tagsSorter: "alpha",
    validatorUrl: null,
    requestInterceptor: (request) => {
      if (new URL(request.url, location.href).origin === location.origin && token) request.headers["X-CSRFToken"] = token.value;
      return request;
    },
  });
})();
