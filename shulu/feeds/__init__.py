"""The catalogue for programs: OPDS, IIIF, OAI-PMH, schema.org, sitemap."""
