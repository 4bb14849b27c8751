"""The errors that Footnote raises on purpose.

FootnoteError                    one line that says what is wrong and what to do
├── IndexingError                the documents or the index
│   ├── UnreadableDocument       this file gives no text, and why
│   ├── SourceNotFound           a path that does not exist
│   ├── StoreUnavailable         the index can't be opened, is being written, or its server does not answer
│   │   └── DamagedIndex         its vectors are not as they were written; `Index` makes them anew by itself
│   └── EmbeddingModelMismatch   the index was made with another embedding model
├── SettingsError                a setting or an argument that can't be
├── QuestionError                an empty question, or one that is far too long
└── ModelError                   the language model
    ├── ModelNotAvailable        missing package, key, file: nothing was asked
    └── ModelFailed              refused, timed out, or broke off while answering
"""


class FootnoteError(Exception):
    """One clear line for the user: what is wrong, and what to do about it."""


class IndexingError(FootnoteError):
    """Something is wrong with the documents or with the index."""


class UnreadableDocument(IndexingError):
    """A file gives no text. The message is the reason, without the file's name."""


class SourceNotFound(IndexingError):
    """A path that was named does not exist."""


class StoreUnavailable(IndexingError):
    """The index can't be opened, someone else is writing to it, or its server does not answer."""


class DamagedIndex(StoreUnavailable):
    """The vectors are not as they were written, after a power cut or a full disk."""


class EmbeddingModelMismatch(IndexingError):
    """The index was made with another embedding model, so its vectors can't be compared."""


class SettingsError(FootnoteError):
    """A setting or an argument has a value that it can't have."""


class QuestionError(FootnoteError):
    """The question is empty or far too long."""


class ModelError(FootnoteError):
    """Something is wrong with the language model."""


class ModelNotAvailable(ModelError):
    """A package, a key or a file is missing: the model was not asked anything."""


class ModelFailed(ModelError):
    """The model refused, timed out, or broke off while it was answering."""
