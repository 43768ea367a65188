// SPDX-License-Identifier: MIT
//
// What controllers ask of receipts: to attach to a job, to list them, to release them.
#include "shim_program/supervisor.h"

namespace remuda::shim::program {

namespace {
constexpr std::size_t kListFrame = std::size_t{128} << 10;
}  // namespace

void Supervisor::on_attach(Connection& connection, const FrameView& frame) {
    std::string_view key;
    std::string_view controller;
    Attachment attachment{&connection, frame.id, {0, 0}, kDefaultWindow};
    Fields fields(frame.payload);
    while (const auto field = fields.next()) {
        if (field->tag == Tag::key) key = field->value;
        if (field->tag == Tag::controller) controller = field->value;
        if (field->tag == Tag::offset_out) attachment.sent[0] = field->number();
        if (field->tag == Tag::offset_err) attachment.sent[1] = field->number();
        if (field->tag == Tag::window) attachment.credit = field->number();
    }
    if (fields.is_malformed()) return fault(connection, "malformed attach");
    if (connection.jobs.contains(frame.id)) return fault(connection, "the id is in use");
    Job* job = job_by_key(key);
    const bool is_known =
        job != nullptr && job->is_durable && !job->is_forgotten && job->state != JobState::waiting;
    if (!is_known) cut_others(connection, controller);
    const AttachState state = !is_known                       ? AttachState::unknown
                              : job->state == JobState::ended ? AttachState::ended
                                                              : AttachState::running;
    Frame(connection.output, FrameType::attached, frame.id)
        .number(Tag::state, static_cast<std::uint64_t>(state));
    if (!is_known) return;
    job->attachments.push_back(attachment);
    connection.jobs.emplace(frame.id, job);
    queue(*job, job->attachments.back());
    watch_stream(*job, 0);
    watch_stream(*job, 1);
}

void Supervisor::on_release(Connection& connection, const FrameView& frame) {
    Fields fields(frame.payload);
    bool has_released = false;
    bool is_by_another = false;
    while (const auto field = fields.next()) {
        if (field->tag == Tag::epoch) is_by_another = field->number() != 0;
        if (field->tag != Tag::key) continue;
        Job* job = job_by_key(field->value);
        if (job == nullptr || !job->is_durable) continue;
        release(*job);
        has_released = true;
    }
    if (has_released && is_by_another) {
        // Who asks for one of them must not take it for one that was never started.
        epoch_ = random_name();
        Record(journal_.pending(), RecordType::opened).text(Tag::epoch, epoch_);
    }
    if (fields.is_malformed()) fault(connection, "malformed release");
}

void Supervisor::continue_listing(Connection& connection) {
    std::string entry;
    while (connection.is_listing && connection.has_room()) {
        auto at = connection.list_after.empty() ? by_key_.lower_bound(connection.list_prefix)
                                                : by_key_.upper_bound(connection.list_after);
        Frame listed(connection.output, FrameType::listed, connection.list_id);
        const std::size_t begin = connection.output.size();
        const auto is_wanted = [&] {
            return at != by_key_.end() && at->first.starts_with(connection.list_prefix);
        };
        for (; is_wanted() && connection.output.size() - begin < kListFrame; ++at) {
            const Job& job = *at->second;
            connection.list_after = at->first;
            if (!job.is_durable || job.is_forgotten || job.state == JobState::waiting) continue;
            entry.clear();
            FieldsInto into(entry);
            into.text(Tag::key, job.key)
                .text(Tag::script, std::string_view(job.script).substr(0, kListFrame))
                .text(Tag::label, std::string_view(job.label).substr(0, kListFrame))
                .number(Tag::time, job.accepted_ms)
                .number(Tag::grace, job.grace_ms)
                .number(Tag::pid, static_cast<std::uint64_t>(job.pid));
            const bool has_ended = job.state == JobState::ended;
            into.number(Tag::state, static_cast<std::uint64_t>(has_ended ? AttachState::ended
                                                                         : AttachState::running));
            if (has_ended) {
                put_end(into, job.end);
            } else {
                into.number(Tag::length_out, job.streams[0].length)
                    .number(Tag::length_err, job.streams[1].length)
                    .number(Tag::cut_out, job.streams[0].cut)
                    .number(Tag::cut_err, job.streams[1].cut);
            }
            listed.text(Tag::entry, entry);
        }
        connection.is_listing = is_wanted();
        listed.number(Tag::more, connection.is_listing ? 1 : 0);
    }
}

}  // namespace remuda::shim::program
