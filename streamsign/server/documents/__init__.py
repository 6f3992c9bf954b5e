"""The interface documents: OpenAPI for HTTP, AsyncAPI for captions."""
