"""The search of an index as a LangChain retriever, for people who have chains of their own."""

from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document as LangChainDocument
from langchain_core.retrievers import BaseRetriever

if TYPE_CHECKING:
    from index.search import Index


class IndexRetriever(BaseRetriever):
    """Returns what `index.search(query, top_k)` returns; `metadata` has source, title, page, start, end and score."""

    index: Any  # an Index: pydantic would want to import its class, which loads the embedding libraries
    top_k: int = 8

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002  # the name is LangChain's
    ) -> list[LangChainDocument]:
        index: Index = self.index
        return [
            LangChainDocument(
                id=passage.chunk.id,
                page_content=passage.chunk.text,
                metadata={
                    "source": passage.chunk.source,
                    "title": passage.chunk.title,
                    "page": passage.chunk.page,
                    "section": passage.chunk.section,
                    "start": passage.chunk.start,
                    "end": passage.chunk.end,
                    "score": passage.score,
                },
            )
            for passage in index.search(query, self.top_k)
        ]
