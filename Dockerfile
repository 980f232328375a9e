# One image for the web server, the worker, the road engine and the one-time commands; the command says which it is.
FROM python:3.13-slim-bookworm AS build
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never UV_NO_CACHE=1
RUN pip install --no-cache-dir "uv>=0.9,<1"
WORKDIR /app
COPY pyproject.toml uv.lock .python-version ./
RUN uv sync --locked --no-group dev --no-group bench
COPY . .
RUN .venv/bin/python -m compileall -q common config couriers delivery routing web manage.py
# The search for routes is machine code, kept where the user of the processes may write: numba looks nowhere else.
# A machine of another make compiles it again at its first plan.
ENV NUMBA_CACHE_DIR=/app/.local/machine-code
RUN .venv/bin/python -m routing.engine.proposers.ruin
RUN CARTEIRO_SECRET_KEY=only-for-the-build .venv/bin/python manage.py compile_locale
RUN CARTEIRO_SECRET_KEY=only-for-the-build .venv/bin/python manage.py collectstatic --no-input

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /var/lib/carteiro --create-home carteiro
WORKDIR /app
COPY --from=build /app /app
RUN install -d -o carteiro -g carteiro /app/.local /app/.local/roads /var/lib/carteiro/media \
    && chown -R carteiro:carteiro /app/.local/machine-code
ENV PATH=/app/.venv/bin:$PATH CARTEIRO_MEDIA_ROOT=/var/lib/carteiro/media \
    NUMBA_CACHE_DIR=/app/.local/machine-code
USER carteiro
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["python", "-m", "config.serve", "--host", "0.0.0.0", "--port", "8000"]
