/*
 * sanitized.h - is this program built with a sanitizer?  Those look at
 * their own process and take address space that no limit foresees.
 */
#ifndef SUPER_SANITIZED_H
#define SUPER_SANITIZED_H

#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#endif
