/* SPDX-License-Identifier: MIT
 *
 * The bytes of a regular file, plain or gzip (RFC 1952, also of several members): which
 * of the two is seen from its first bytes, not from its name.
 */
#ifndef DPB_FILE_BYTE_SOURCE_H
#define DPB_FILE_BYTE_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include <deepblas/status.h>

typedef struct dpb__byte_source dpb__byte_source;

/* Opens path for reading and gives the file's size. Folders, pipes and devices are
 * refused without waiting for them. */
dpb_status dpb__open_regular(const char *path, int *fd, uint64_t *size);

/* The source keeps the pointer path for its messages: it must outlive the source. */
dpb_status dpb__byte_source_open(const char *path, dpb__byte_source **source);
void dpb__byte_source_close(dpb__byte_source *source);

/* What size packed bytes may unpack to: no more than deflate could have packed into them,
 * and no more than 100 times as much, or 1 MiB if that is more. A bomb is told from data
 * by that: images, weights and tables pack to a hundredth at the least. */
uint64_t dpb__unpacked_limit(uint64_t size);

/* No more bytes than this come out: the size of a plain file, dpb__unpacked_limit of a
 * gzip file's. What a header declares is held against it before memory is asked for. */
uint64_t dpb__byte_source_limit(const dpb__byte_source *source);

/* Exactly count bytes, unpacked straight into out. DPB_ERR_FORMAT when the file ends
 * before or is no valid gzip, DPB_ERR_SIZE when gzip unpacks to more than the limit,
 * DPB_ERR_IO, DPB_ERR_MEMORY. */
dpb_status dpb__byte_source_read(dpb__byte_source *source, void *out, size_t count);

/* All bytes up to the end, *bytes for dpb__release: memory follows what really comes. */
dpb_status dpb__byte_source_all(dpb__byte_source *source, uint8_t **bytes, size_t *count);

/* At most capacity bytes, at least 1 unless the file ends here: then *count is 0. For
 * formats whose end is that of the file. Errors as above. */
dpb_status dpb__byte_source_some(dpb__byte_source *source, void *out, size_t capacity,
                                 size_t *count);

/* The file ends here, and the checksum is right: DPB_ERR_FORMAT when it goes on. */
dpb_status dpb__byte_source_end(dpb__byte_source *source);

#endif
