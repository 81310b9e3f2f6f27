"""The demo province's content: real texts, pages, pictures, films and voices from public registries."""
